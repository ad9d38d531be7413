/* SPDX-License-Identifier: ISC */
/* login.c: what one proxy may be shown, asked for once, refused once. */
#include "auth/login.h"
#include "auth/account.h"
#include "auth/prompt.h"
#include "auth/secret_file.h"
#include "base/text.h"
#include "net/command.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PARTS = LOGIN_TOKEN + 1,
	AGAIN_MS = 30 * 1000, /* how soon a program is asked again for what was refused */
};

struct login {
	struct task task; /* woken when who was asked has answered */
	struct loop *loop;
	struct logins *among; /* not owned */
	struct login *next;   /* of them */
	struct credentials credentials;
	struct secret *parts[PARTS]; /* its secrets, by enum login_part */
	struct credential_sources sources;
	struct endpoint proxy; /* what its URL has, to look for the rest again */
	struct secret url_user;
	struct secret url_password;
	bool environment;
	struct secret spoiled[PARTS]; /* what was refused; none: nothing was */
	deadline again_at;	      /* a program may be asked for another */
	unsigned allowed;
	bool refused[PARTS];
	struct budget budgets[PARTS];
	struct account *account; /* of user and password; NULL: none is known yet */
	unsigned edition;	 /* of the password: grows with each change */
	bool answered;		 /* the proxy has, whatever it was */
	bool open;		 /* it doesn't say ahead that it wants to be shown anything */
	unsigned offers;	 /* all schemes that the proxy has ever offered */
	unsigned accepted;	 /* the one that it has taken last; 0: none */
	bool asked_again;	 /* the program, since the password is in doubt */
	bool told;
	struct command *command; /* who is being asked; NULL: nobody */
	enum login_part asked;	 /* for what */
	struct queue waiting;
};

/* Who was asked has answered: all who wait have a look. */
static void login_run(struct task *task)
{
	struct login *login = (struct login *)task;

	queue_wake(&login->waiting, login->loop);
	if (login->account != NULL)
		queue_wake(&login->account->waiting, login->loop);
}

/* Copies, where there is something. */
static bool keep_url(struct login *login, const struct credential_url *url)
{
	return (!secret_is_set(&url->user) ||
		secret_set(&login->url_user, url->user.data, url->user.len)) &&
	       (!secret_is_set(&url->password) ||
		secret_set(&login->url_password, url->password.data, url->password.len));
}

struct login *login_open(struct logins *among, struct credential_sources *sources,
			 const struct credential_url *url, bool environment, unsigned allowed,
			 deadline until, struct failure *failure)
{
	struct login *login = calloc(1, sizeof(*login));

	if (login == NULL) {
		failure_memory(failure);
		return NULL;
	}
	login->task.run = login_run;
	login->loop = among->loop;
	login->among = among;
	login->next = among->first;
	among->first = login;
	login->allowed = allowed;
	login->proxy = *url->proxy;
	login->environment = environment;
	login->parts[LOGIN_USER] = &login->credentials.user;
	login->parts[LOGIN_PASSWORD] = &login->credentials.password;
	login->parts[LOGIN_TOKEN] = &login->credentials.token;
	login->sources = *sources;
	sources->given = (struct secret){0};
	if (!keep_url(login, url))
		failure_memory(failure);
	else if (credentials_find(&login->credentials, &login->sources, url, environment, until,
				  failure) == OUTCOME_OK) {
		login->sources.read_once = true;
		return login;
	}
	login_close(login);
	return NULL;
}

bool login_knows(const struct login *login, enum login_part part)
{
	return secret_is_set(login->parts[part]);
}

bool login_has(const struct login *login, enum login_part part)
{
	if (login_knows(login, part))
		return true;
	switch (part) {
	case LOGIN_USER:
		return false;
	case LOGIN_PASSWORD:
		return login->sources.password_command != NULL && !login->refused[part];
	case LOGIN_TOKEN:
		return credential_sources_bearer(&login->sources) && !login->refused[part];
	}
	return false;
}

bool login_has_refused(const struct login *login)
{
	return login->refused[LOGIN_PASSWORD] && !login_knows(login, LOGIN_PASSWORD);
}

struct slice login_user(const struct login *login)
{
	const struct secret *user = login->parts[LOGIN_USER];

	return secret_is_set(user) ? (struct slice){user->data, user->len} : (struct slice){"", 0};
}

const char *login_source(const struct login *login)
{
	return secret_is_set(login->parts[LOGIN_USER]) ? login->credentials.source : NULL;
}

bool login_asks_person(const struct login *login)
{
	return !login_has(login, LOGIN_PASSWORD) && !prompt_wants_program();
}

bool login_runs_program(const struct login *login)
{
	return login->sources.password_command != NULL || login->sources.bearer_command != NULL ||
	       (login_has(login, LOGIN_USER) && !login_knows(login, LOGIN_PASSWORD) &&
		prompt_wants_program());
}

bool login_may_ask(const struct credential_sources *sources)
{
	return sources->password_command != NULL || sources->bearer_command != NULL ||
	       prompt_wants_program();
}

void login_note_answer(struct login *login)
{
	login->answered = true;
}

bool login_was_answered(const struct login *login)
{
	return login->answered;
}

void login_note_open(struct login *login)
{
	login->open = true;
}

bool login_is_open(const struct login *login)
{
	return login->open;
}

bool login_lacks_user(const struct login *login)
{
	return credentials_lack_user(&login->credentials);
}

unsigned login_allowed(const struct login *login)
{
	return login->allowed;
}

bool login_late(const struct login *login, struct failure *failure)
{
	if (login->command != NULL)
		command_late(login->command, failure);
	return login->command != NULL;
}

/* It may have begun with a password that has changed since. */
void login_leave(struct login *login, struct task *task)
{
	queue_remove(&login->waiting, task);
	for (struct account *account = login->among->accounts; account != NULL;
	     account = account->next)
		account_release(account, task, login->loop);
}

/* Whoever the user named to ask: a command for the shell, or the program of SSH_ASKPASS. */
static struct command *start_asking(struct login *login, enum login_part part, deadline until,
				    struct failure *failure)
{
	char shell[] = "/bin/sh";
	char option[] = "-c";
	char *const argv[] = {shell, option,
			      part == LOGIN_TOKEN ? login->sources.bearer_command
						  : login->sources.password_command,
			      NULL};

	if (argv[2] != NULL)
		return command_start(login->loop,
				     part == LOGIN_TOKEN ? "--proxy-bearer-command"
							 : "--password-command",
				     shell, argv, until, failure);
	return prompt_program_start(login->loop, credentials_question(&login->credentials).text,
				    until, failure);
}

/* Ask by a program, or look what became of that. */
static enum step ask_program(struct login *login, enum login_part part, deadline until,
			     struct task *task, struct failure *failure)
{
	enum step step;

	if (login->command == NULL)
		login->command = start_asking(login, part, until, failure);
	if (login->command == NULL)
		return STEP_FAILED;
	login->asked = part;
	step = command_get(login->command, &login->task, login->parts[part], failure);
	if (step == STEP_WAIT && queue_add(&login->waiting, task))
		return step;
	if (step == STEP_DONE)
		secret_drop_mark(login->parts[part]);
	if (step == STEP_WAIT)
		failure_memory(failure);
	command_end(login->command);
	login->command = NULL;
	return step == STEP_WAIT ? STEP_FAILED : step;
}

/* It is too late for a wrong command line: what can't be had is an authentication that fails. */
static enum step as_auth(enum step step, struct failure *failure)
{
	if (step == STEP_FAILED && failure->outcome == OUTCOME_USAGE)
		failure->outcome = OUTCOME_AUTH;
	return step;
}

static enum step ask_password(struct login *login, deadline until, struct task *task,
			      struct failure *failure)
{
	struct credentials *credentials = &login->credentials;
	struct credential_question question;

	if (login->sources.password_command != NULL || prompt_wants_program())
		return as_auth(ask_program(login, LOGIN_PASSWORD, until, task, failure), failure);
	question = credentials_question(credentials);
	if (prompt_password(question.text, until, &credentials->password, failure) == OUTCOME_OK)
		return STEP_DONE;
	return STEP_FAILED;
}

static enum step ask_token(struct login *login, deadline until, struct task *task,
			   struct failure *failure)
{
	enum step step;

	if (!credential_sources_bearer(&login->sources)) {
		failure_set(failure, OUTCOME_AUTH, "no token is given");
		return STEP_FAILED;
	}
	if (login->sources.bearer_file != NULL)
		step = credentials_read_token(&login->credentials, until, failure) == OUTCOME_OK
			       ? STEP_DONE
			       : STEP_FAILED;
	else
		step = ask_program(login, LOGIN_TOKEN, until, task, failure);
	if (step == STEP_DONE &&
	    credentials_check_token(&login->credentials, failure) != OUTCOME_OK)
		return STEP_FAILED;
	return step;
}

/* Nobody can be asked for a user. */
static enum step no_user(const struct login *login, struct failure *failure)
{
	failure_set(failure, OUTCOME_AUTH, "the proxy wants credentials, and %s",
		    login_lacks_user(login) ? "a password is given, but no user"
					    : "none are given");
	failure->trouble = TROUBLE_WANTED;
	return STEP_FAILED;
}

static bool is_spoiled(const struct login *login, enum login_part part, const struct secret *secret)
{
	return secret_is_set(secret) && secret_equal(&login->spoiled[part], secret);
}

/* What there was is no more what is shown. */
static void spoil(struct login *login, enum login_part part)
{
	secret_move(&login->spoiled[part], login->parts[part]);
	if (part == LOGIN_PASSWORD)
		login->edition++;
}

static bool asks_program(const struct login *login, enum login_part part)
{
	return part == LOGIN_TOKEN
		       ? login->sources.bearer_command != NULL || login->sources.bearer_file != NULL
		       : login->sources.password_command != NULL;
}

/* Whether what was refused is all that can be had; a program is asked once more after a while. */
static bool is_refused(struct login *login, enum login_part part)
{
	if (!login->refused[part])
		return false;
	if (!asks_program(login, part) || !deadline_passed(login->again_at))
		return true;
	login->refused[part] = false;
	login->budgets[part] = (struct budget){.believed = false};
	if (part == LOGIN_TOKEN) /* locks no account */
		secret_wipe(&login->spoiled[part]);
	return false;
}

/* What was asked for again is what was refused already. */
static enum step still_refused(struct login *login, enum login_part part, struct failure *failure)
{
	secret_wipe(login->parts[part]);
	login->refused[part] = true;
	login->again_at = deadline_in_ms(AGAIN_MS);
	failure_set(failure, OUTCOME_AUTH, "the %s was refused before, and has not changed",
		    part == LOGIN_TOKEN ? "token" : "password");
	return STEP_FAILED;
}

/* A program was asked whether it knows of another password than one that was right once. */
static void end_doubt(struct login *login, enum login_part part)
{
	if (!is_spoiled(login, part, login->parts[part]))
		login->budgets[part] = (struct budget){.believed = false};
	secret_wipe(&login->spoiled[part]);
}

enum step login_get(struct login *login, enum login_part part, deadline until, struct task *task,
		    struct slice *value, struct failure *failure)
{
	struct secret *secret = login->parts[part];
	enum step step = STEP_DONE;

	if (is_refused(login, part)) {
		failure_set(failure, OUTCOME_AUTH, "the %s was refused before",
			    part == LOGIN_TOKEN ? "token" : "password");
		return STEP_FAILED;
	}
	if (!secret_is_set(secret) && part == LOGIN_USER)
		return no_user(login, failure);
	if (!secret_is_set(secret) && part == LOGIN_PASSWORD)
		step = ask_password(login, until, task, failure);
	else if (!secret_is_set(secret))
		step = ask_token(login, until, task, failure);
	if (step == STEP_DONE && secret_is_set(&login->spoiled[part]) &&
	    login->budgets[part].believed)
		end_doubt(login, part);
	if (step == STEP_DONE && is_spoiled(login, part, secret))
		return still_refused(login, part, failure);
	if (step == STEP_DONE)
		*value = (struct slice){secret->data, secret->len};
	return step;
}

/* The sum of what all proxies were shown of the password; NULL: no memory. */
static struct budget_sum *sum_of(struct login *login, struct failure *failure)
{
	const struct secret *user = login->parts[LOGIN_USER];
	const struct secret *password = login->parts[LOGIN_PASSWORD];
	struct account *before = login->account;

	if (before == NULL || !account_is_of(before, user, password)) {
		login->account = account_join(&login->among->accounts, user, password);
		account_leave(&login->among->accounts, before, login->loop);
	}
	if (login->account == NULL)
		failure_memory(failure);
	return login->account != NULL ? &login->account->sum : NULL;
}

/* Whether this proxy has refused the same by another way already. */
static bool was_refused_to_twin(const struct login *login)
{
	for (const struct login *twin = login->among->first; twin != NULL; twin = twin->next)
		if (twin != login && twin->account == login->account &&
		    twin->refused[LOGIN_PASSWORD] && twin->proxy.port == login->proxy.port &&
		    strcmp(twin->proxy.host, login->proxy.host) == 0)
			return true;
	return false;
}

static enum step was_refused(struct failure *failure)
{
	failure_set(failure, OUTCOME_AUTH, "the password was refused before");
	return STEP_FAILED;
}

static enum step shown_enough(struct failure *failure)
{
	failure_set(failure, OUTCOME_AUTH,
		    "the password was shown twice, and nobody said that it is right: it is not "
		    "shown again, since accounts are locked for that");
	return STEP_FAILED;
}

static enum step shown_elsewhere(struct failure *failure)
{
	failure_set(failure, OUTCOME_AUTH,
		    "the password was right, and is refused now: for half an hour it is shown once "
		    "more at most, for a target to which it has led before, since accounts are "
		    "locked for that");
	return STEP_FAILED;
}

/* It is not shown for this target. A program may know another. */
static enum step claim_paused(struct login *login, struct failure *failure)
{
	if (login->asked_again || login->sources.password_command == NULL)
		return shown_elsewhere(failure);
	login->asked_again = true;
	spoil(login, LOGIN_PASSWORD);
	return STEP_DONE;
}

/* Be the one who shows it, if it matters. Who can't, waits for the end of whoever does. */
static enum step claim_known(struct login *login, const struct endpoint *target, struct task *task,
			     struct failure *failure)
{
	struct budget_sum *sum = sum_of(login, failure);
	enum budget_rule rule;
	enum step step = STEP_DONE;

	if (sum == NULL)
		return STEP_FAILED;
	if (was_refused_to_twin(login))
		return was_refused(failure);
	rule = budget_ask(&login->budgets[LOGIN_PASSWORD], sum, target);
	if (rule == BUDGET_ALONE || account_is_tried(login->account, task))
		step = rule == BUDGET_FREE ? STEP_DONE
					   : account_claim(login->account, task, failure);
	else if (rule == BUDGET_SPENT)
		step = shown_enough(failure);
	else if (rule == BUDGET_PAUSED)
		step = claim_paused(login, failure);
	return step;
}

enum step login_claim(struct login *login, const struct endpoint *target, struct task *task,
		      struct login_shown *shown, struct failure *failure)
{
	enum step step = STEP_DONE;

	if (is_refused(login, LOGIN_PASSWORD))
		return was_refused(failure);
	if (login_knows(login, LOGIN_PASSWORD)) /* else it is asked for */
		step = claim_known(login, target, task, failure);
	shown->edition = login->edition;
	return step;
}

enum step login_show(struct login *login, const struct endpoint *target, struct task *task,
		     struct login_shown *shown, struct failure *failure)
{
	enum step step;

	if (!login_knows(login, LOGIN_PASSWORD) || login->refused[LOGIN_PASSWORD] ||
	    shown->edition != login->edition)
		return was_refused(failure);
	step = claim_known(login, target, task, failure);
	if (step == STEP_DONE && shown->edition != login->edition)
		return shown_elsewhere(failure); /* a program is asked, by the next one */
	if (step == STEP_DONE)
		shown->counted =
			budget_show(&login->budgets[LOGIN_PASSWORD], &login->account->sum, target);
	return step;
}

void login_passed(struct login *login, struct login_shown *shown)
{
	if (shown->counted && shown->edition == login->edition)
		budget_pass(&login->budgets[LOGIN_PASSWORD], &login->account->sum);
	shown->counted = false;
}

void login_accepts(struct login *login, unsigned scheme)
{
	login->accepted = scheme;
}

unsigned login_accepted(const struct login *login)
{
	return login->accepted & login->allowed;
}

unsigned login_offers(struct login *login, unsigned offers)
{
	login->offers |= offers;
	return login->offers;
}

bool login_tells(struct login *login)
{
	bool first = !login->told;

	login->told = true;
	return first;
}

void login_believed(struct login *login, const struct endpoint *target, struct login_shown *shown)
{
	if (shown->edition != login->edition || login->account == NULL)
		return;
	shown->counted = false;
	budget_believe(&login->budgets[LOGIN_PASSWORD], &login->account->sum, target);
	login->asked_again = false;
	account_settle(login->account, login->loop);
}

void login_believed_token(struct login *login)
{
	login->budgets[LOGIN_TOKEN].believed = true;
}

/* What was right has been changed, and the program knows what it is now. */
static void lose_part(struct login *login, enum login_part part, bool believed)
{
	login->accepted = 0;
	login->refused[part] = true;
	login->again_at = believed ? 0 : deadline_in_ms(AGAIN_MS);
	spoil(login, part);
	login_run(&login->task);
}

void login_refused(struct login *login, const struct endpoint *target, struct login_shown *shown,
		   bool surely)
{
	struct budget *budget = &login->budgets[LOGIN_PASSWORD];
	bool believed = budget->believed;

	if (shown->edition != login->edition || login->account == NULL)
		return; /* it was another one */
	if (budget_refuse(budget, &login->account->sum, target, shown->counted) || surely)
		lose_part(login, LOGIN_PASSWORD, believed);
	else
		login_run(&login->task);
	shown->counted = false;
}

void login_refused_token(struct login *login)
{
	bool believed = login->budgets[LOGIN_TOKEN].believed;

	login->budgets[LOGIN_TOKEN].believed = false;
	lose_part(login, LOGIN_TOKEN, believed);
}

/* Whoever says that it is to be looked for again thinks that it is right. */
static void retry_part(struct login *login, enum login_part part)
{
	struct budget_sum none = {.shows = 0};
	struct budget_sum *sum = &none;

	if (part == LOGIN_PASSWORD && login->account != NULL)
		sum = &login->account->sum;
	budget_retry(&login->budgets[part], sum);
}

/* One part is what was found now. What a program has is asked for when it is wanted. */
static void take_again(struct login *login, enum login_part part, struct secret *found)
{
	bool same = secret_is_set(found) && secret_equal(found, login->parts[part]);

	if (!same && !secret_is_set(found) && !asks_program(login, part)) {
		if (!login->refused[part] || !secret_is_set(&login->spoiled[part]))
			return;
		secret_move(found, &login->spoiled[part]); /* a person has said it */
	}
	if (!same && !is_spoiled(login, part, found))
		login->budgets[part] = (struct budget){.believed = false};
	retry_part(login, part);
	if (!same)
		secret_wipe(login->parts[part]);
	if (!same && secret_is_set(found))
		secret_move(login->parts[part], found);
	if (!same && part == LOGIN_PASSWORD)
		login->edition++;
	login->refused[part] = false;
	login->asked_again = false;
	secret_wipe(&login->spoiled[part]);
}

enum outcome login_reload(struct login *login, deadline until, struct failure *failure)
{
	const struct credential_url url = {
		.proxy = &login->proxy, .user = login->url_user, .password = login->url_password};
	struct credentials found = {.sources = NULL};
	enum outcome outcome =
		credentials_find(&found, &login->sources, &url, login->environment, until, failure);

	if (outcome == OUTCOME_OK) {
		if (secret_is_set(&found.user))
			secret_move(login->parts[LOGIN_USER], &found.user);
		take_again(login, LOGIN_PASSWORD, &found.password);
		take_again(login, LOGIN_TOKEN, &found.token);
		login_run(&login->task);
	}
	credentials_wipe(&found);
	return outcome;
}

static void login_unlink(struct login *login)
{
	struct login **at = &login->among->first;

	while (*at != login)
		at = &(*at)->next;
	*at = login->next;
	account_leave(&login->among->accounts, login->account, login->loop);
}

void login_close(struct login *login)
{
	if (login == NULL)
		return;
	login_unlink(login);
	command_end(login->command);
	loop_drop(login->loop, &login->task);
	credentials_wipe(&login->credentials);
	credential_sources_wipe(&login->sources);
	for (int part = 0; part < PARTS; part++)
		secret_wipe(&login->spoiled[part]);
	secret_wipe(&login->url_user);
	secret_wipe(&login->url_password);
	queue_free(&login->waiting);
	free(login);
}
