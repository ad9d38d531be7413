/* SPDX-License-Identifier: ISC */
/* login.c: what one proxy may be shown, asked for once, refused once. */
#include "auth/login.h"
#include "auth/budget.h"
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
	bool answered;	     /* the proxy has, whatever it was */
	struct task *trying; /* who alone shows the password */
	unsigned offers;     /* all schemes that the proxy has ever offered */
	unsigned accepted;   /* the one that it has taken last; 0: none */
	bool asked_again;    /* the program, since the password is in doubt */
	bool told;
	struct command *command; /* who is being asked; NULL: nobody */
	enum login_part asked;	 /* for what */
	struct task **waiting;
	size_t waiting_count;
};

/* Who was asked has answered: all who wait have a look. */
static void login_run(struct task *task)
{
	struct login *login = (struct login *)task;

	for (size_t i = 0; i < login->waiting_count; i++)
		loop_wake(login->loop, login->waiting[i]);
	login->waiting_count = 0;
}

/* Copies, where there is something. */
static bool keep_url(struct login *login, const struct credential_url *url)
{
	return (!secret_is_set(&url->user) ||
		secret_set(&login->url_user, url->user.data, url->user.len)) &&
	       (!secret_is_set(&url->password) ||
		secret_set(&login->url_password, url->password.data, url->password.len));
}

struct login *login_open(struct loop *loop, struct credential_sources *sources,
			 const struct credential_url *url, bool environment, unsigned allowed,
			 deadline until, struct failure *failure)
{
	struct login *login = calloc(1, sizeof(*login));

	if (login == NULL) {
		failure_memory(failure);
		return NULL;
	}
	login->task.run = login_run;
	login->loop = loop;
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
				  failure) == OUTCOME_OK)
		return login;
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

bool login_lacks_user(const struct login *login)
{
	return credentials_lack_user(&login->credentials);
}

unsigned login_allowed(const struct login *login)
{
	return login->allowed;
}

static bool wait_for(struct login *login, struct task *task)
{
	struct task **grown;

	for (size_t i = 0; i < login->waiting_count; i++)
		if (login->waiting[i] == task)
			return true;
	grown = realloc(login->waiting, (login->waiting_count + 1) * sizeof(struct task *));
	if (grown == NULL)
		return false;
	login->waiting = grown;
	login->waiting[login->waiting_count++] = task;
	return true;
}

bool login_late(const struct login *login, struct failure *failure)
{
	if (login->command != NULL)
		command_late(login->command, failure);
	return login->command != NULL;
}

void login_leave(struct login *login, struct task *task)
{
	for (size_t i = login->waiting_count; i-- > 0;) /* the last one fills the gap */
		if (login->waiting[i] == task)
			login->waiting[i] = login->waiting[--login->waiting_count];
	if (login->trying != task)
		return;
	login->trying = NULL;
	login_run(&login->task); /* it is another's turn */
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
	if (step == STEP_WAIT && wait_for(login, task))
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
	const struct secret *spoiled = &login->spoiled[part];

	return secret_is_set(spoiled) && secret_is_set(secret) && spoiled->len == secret->len &&
	       memcmp(spoiled->data, secret->data, secret->len) == 0;
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

static enum step shown_enough(struct failure *failure)
{
	failure_set(failure, OUTCOME_AUTH,
		    "was shown the password twice and did not say that it is right: it is not "
		    "shown again, since accounts are locked for that");
	return STEP_FAILED;
}

static enum step shown_elsewhere(struct failure *failure)
{
	failure_set(failure, OUTCOME_AUTH,
		    "has refused the password twice in a row: for half an hour it is shown for "
		    "targets alone to which it has led before, since accounts are locked for that");
	return STEP_FAILED;
}

enum step login_claim(struct login *login, const struct endpoint *target, struct task *task,
		      struct failure *failure)
{
	if (is_refused(login, LOGIN_PASSWORD)) {
		failure_set(failure, OUTCOME_AUTH, "the password was refused before");
		return STEP_FAILED;
	}
	switch (budget_ask(&login->budgets[LOGIN_PASSWORD], target)) {
	case BUDGET_FREE:
		return STEP_DONE;
	case BUDGET_SPENT:
		return shown_enough(failure);
	case BUDGET_PAUSED:
		if (!login_knows(login, LOGIN_PASSWORD)) /* it is asked for */
			break;
		if (login->asked_again || login->sources.password_command == NULL)
			return shown_elsewhere(failure);
		login->asked_again = true;
		secret_move(&login->spoiled[LOGIN_PASSWORD], login->parts[LOGIN_PASSWORD]);
		break;
	case BUDGET_ALONE:
		break;
	}
	if (login->trying == NULL)
		login->trying = task;
	if (login->trying == task)
		return STEP_DONE;
	if (wait_for(login, task))
		return STEP_WAIT;
	failure_memory(failure);
	return STEP_FAILED;
}

bool login_show(struct login *login, struct failure *failure)
{
	if (budget_show(&login->budgets[LOGIN_PASSWORD]))
		return true;
	shown_enough(failure);
	return false;
}

void login_passed(struct login *login)
{
	budget_pass(&login->budgets[LOGIN_PASSWORD]);
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

void login_believed(struct login *login, enum login_part part, const struct endpoint *target)
{
	budget_believe(&login->budgets[part], target);
	login->asked_again = false;
	if (part == LOGIN_PASSWORD && login->trying != NULL) {
		login->trying = NULL;
		login_run(&login->task);
	}
}

void login_refused(struct login *login, enum login_part part, const struct endpoint *target)
{
	bool believed = login->budgets[part].believed;

	if (!budget_refuse(&login->budgets[part], target))
		return;
	login->accepted = 0;
	login->refused[part] = true;
	/* what was right has been changed, and the program knows what it is now */
	login->again_at = believed ? 0 : deadline_in_ms(AGAIN_MS);
	secret_move(&login->spoiled[part], login->parts[part]);
	login_run(&login->task);
}

/* One part is what was found now. What a program has is asked for when it is wanted. */
static void take_again(struct login *login, enum login_part part, struct secret *found)
{
	bool same = secret_is_set(found) && secret_is_set(login->parts[part]) &&
		    found->len == login->parts[part]->len &&
		    memcmp(found->data, login->parts[part]->data, found->len) == 0;

	bool tried = secret_is_set(&login->spoiled[part]) || login->budgets[part].shows > 0;

	if (!same && !secret_is_set(found) && !asks_program(login, part)) {
		if (!login->refused[part] || !secret_is_set(&login->spoiled[part]))
			return;
		secret_move(found, &login->spoiled[part]); /* a person has said it */
	}
	if (!same && !is_spoiled(login, part, found))
		login->budgets[part] = (struct budget){.believed = false};
	if (tried) /* whoever says that it is to be looked for again thinks that it is right */
		budget_retry(&login->budgets[part]);
	if (!same)
		secret_wipe(login->parts[part]);
	if (!same && secret_is_set(found))
		secret_move(login->parts[part], found);
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

void login_close(struct login *login)
{
	if (login == NULL)
		return;
	command_end(login->command);
	loop_drop(login->loop, &login->task);
	credentials_wipe(&login->credentials);
	credential_sources_wipe(&login->sources);
	for (int part = 0; part < PARTS; part++)
		secret_wipe(&login->spoiled[part]);
	secret_wipe(&login->url_user);
	secret_wipe(&login->url_password);
	free(login->waiting);
	free(login);
}
