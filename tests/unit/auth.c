/* SPDX-License-Identifier: ISC */
/*
 * Tests of src/auth/auth.c, with a login of their own. By the name of culvert-auth this program is
 * the helper: it answers as the name of the proxy says.
 */
#include "auth/auth.h"
#include "unit.h"
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

/* The helper. */

static void say(enum wire_kind kind, const char *text)
{
	struct buffer out = {0};

	wire_write(&out, kind, (struct slice){text, strlen(text)});
	if (write(STDOUT_FILENO, out.data, out.len) < 0)
		exit(EXIT_FAILURE);
	buffer_free(&out);
}

static void answer(const char *scheme, const char *host, bool password)
{
	char value[64];

	snprintf(value, sizeof(value), "%s value", scheme);
	say(WIRE_ENGINE, "the engine of the tests");
	if (strcmp(host, "lacking.example") == 0)
		say(WIRE_NO_SCHEME, "install it");
	else if (strcmp(host, "kdc.example") == 0 && password)
		say(WIRE_REFUSED, "the KDC refused the password");
	else if (strcmp(scheme, "Negotiate") == 0 && !password)
		say(strcmp(host, "ticket.example") == 0 ? WIRE_TICKET : WIRE_NO_TICKET, value);
	else
		say(strcmp(scheme, "NTLM") == 0 ? WIRE_OPENING : WIRE_PROOF, value);
}

/* Until culvert has had enough. */
static int be_helper(void)
{
	char scheme[64] = "";
	char host[64] = "";
	bool password = false;
	struct wire_reader reader;
	char byte;

	wire_reader_init(&reader, wire_from_culvert);
	while (read(STDIN_FILENO, &byte, 1) == 1) {
		size_t used;

		if (wire_feed(&reader, &byte, 1, &used) != PARSE_DONE)
			continue;
		if (reader.kind == WIRE_SCHEME)
			snprintf(scheme, sizeof(scheme), "%s", buffer_text(&reader.text));
		else if (reader.kind == WIRE_HOST)
			snprintf(host, sizeof(host), "%s", buffer_text(&reader.text));
		else if (reader.kind == WIRE_PASSWORD)
			password = true;
		else if (reader.kind == WIRE_CHALLENGE)
			answer(scheme, host, password);
		wire_reader_next(&reader);
	}
	return EXIT_SUCCESS;
}

/* The tests. */

static struct loop *loop;
static struct logins logins;
static const struct endpoint target = {.host = "host.example", .form = HOST_NAME, .port = 22};
static const struct endpoint proxy = {.host = "proxy.example", .form = HOST_NAME, .port = 3128};

/* One tunnel's side of it. */
struct side {
	struct task task;
	struct watch watch;
	struct auth auth;
	struct http_head head;
	struct refusal refusal;
	bool kept;
	bool done;
	enum step step;
	struct failure failure;
};

static const struct stream_ops bare_ops = {.binding = NULL};
static const struct stream bare = {.ops = &bare_ops};

static void side_run(struct task *task)
{
	struct side *side = (struct side *)task;

	side->step = auth_respond(&side->auth, &side->refusal, &bare, side->kept, &side->watch,
				  DEADLINE_NEVER, &side->failure);
	side->done = side->step != STEP_WAIT;
}

static struct login *login_for(const char *pair, unsigned allowed)
{
	struct credential_sources sources = {.netrc = false};
	const struct credential_url url = {.proxy = &proxy};
	struct failure failure = {.outcome = OUTCOME_OK};
	struct login *login;

	if (pair != NULL)
		secret_set(&sources.given, pair, strlen(pair));
	login = login_open(&logins, &sources, &url, false, allowed, DEADLINE_NEVER, &failure);
	CHECK(login != NULL);
	return login;
}

static void side_begin(struct side *side, struct login *login, const char *host)
{
	*side = (struct side){.task = {.run = side_run}, .kept = true};
	side->watch = (struct watch){.loop = loop, .task = &side->task, .fd = -1};
	auth_begin(&side->auth, login, (struct auth_peer){.host = host, .target = &target});
}

/* A 407 comes with these fields. It waits for whatever is to come, if it may. */
static enum step gets(struct side *side, const char *fields, bool wait)
{
	side->head = (struct http_head){
		.status = 407, .minor_version = 1, .fields = {fields, strlen(fields)}};
	refusal_begin(&side->refusal, &side->head);
	refusal_end(&side->refusal);
	side->done = false;
	side_run(&side->task);
	if (wait && !side->done)
		loop_run(loop, &side->done);
	return side->step;
}

/* Send the value; "" if there is none or it must not be. */
static const char *sends(struct side *side)
{
	if (!secret_is_set(&side->auth.value) ||
	    auth_send(&side->auth, &side->watch, &side->failure) != STEP_DONE)
		return "";
	return side->auth.value.data;
}

static void side_end(struct side *side)
{
	auth_end(&side->auth, &side->task);
	loop_drop(loop, &side->task);
}

#define OFFER(scheme) "Proxy-Authenticate: " scheme "\r\n"
#define DIGEST	      "Digest realm=\"a\", nonce=\"b\", qop=\"auth\""

/* What is sent first to a proxy of that name which offers this. */
static void check_choice(const char *host, unsigned allowed, const char *fields,
			 const char *expected)
{
	struct login *login = login_for("me:secret", allowed);
	struct side side;

	side_begin(&side, login, host);
	CHECK(gets(&side, fields, true) == (expected[0] != '\0' ? STEP_DONE : STEP_FAILED));
	CHECK_TEXT(sends(&side), expected);
	side_end(&side);
	login_close(login);
}

static void chooses_the_best(void)
{
	static const char all[] =
		OFFER("Basic realm=\"x\"") OFFER("NTLM") OFFER("Negotiate") OFFER(DIGEST);

	check_choice("ticket.example", AUTH_ANY, all, "Negotiate value");
	check_choice("plain.example", AUTH_ANY, all, "Digest value");
	check_choice("plain.example", AUTH_ANY & ~AUTH_DIGEST, all, "NTLM value");
	check_choice("plain.example", AUTH_NEGOTIATE, all, "Negotiate value");
	check_choice("plain.example", AUTH_BASIC | AUTH_IN_CLEAR, all, "Basic bWU6c2VjcmV0");
	check_choice("plain.example", AUTH_BEARER, all, "");
	check_choice("lacking.example", AUTH_ANY, all, "");
	check_choice("lacking.example", AUTH_ANY | AUTH_IN_CLEAR, all, "Basic bWU6c2VjcmV0");
}

static void ends_with_the_kdc(void)
{
	struct login *login = login_for("me:secret", AUTH_ANY | AUTH_IN_CLEAR);
	struct side side;

	side_begin(&side, login, "kdc.example");
	CHECK(gets(&side, OFFER("Negotiate"), true) == STEP_FAILED);
	CHECK(strstr(side.failure.text, "the KDC refused the password") != NULL);
	CHECK(!login_knows(login, LOGIN_PASSWORD));
	side_end(&side);
	side_begin(&side, login, "kdc.example");
	CHECK(gets(&side, OFFER("Basic realm=\"x\""), true) == STEP_FAILED);
	side_end(&side);
	login_close(login);
}

static void counts_what_is_shown(void)
{
	struct login *login = login_for("me:secret", AUTH_ANY);
	struct side side;

	for (int i = 0; i < 2; i++) {
		side_begin(&side, login, "plain.example");
		CHECK(gets(&side, OFFER(DIGEST), true) == STEP_DONE);
		CHECK_TEXT(sends(&side), "Digest value");
		side_end(&side);
	}
	side_begin(&side, login, "plain.example");
	CHECK(gets(&side, OFFER(DIGEST), true) == STEP_FAILED);
	CHECK(strstr(side.failure.text, "twice") != NULL);
	side_end(&side);
	login_close(login);
}

static void counts_what_is_sent_again(void)
{
	struct login *login = login_for("me:secret", AUTH_BASIC);
	struct side side;

	side_begin(&side, login, "plain.example");
	CHECK(gets(&side, OFFER("Basic realm=\"x\""), true) == STEP_DONE);
	CHECK_TEXT(sends(&side), "Basic bWU6c2VjcmV0");
	auth_lost(&side.auth);
	CHECK_TEXT(sends(&side), "Basic bWU6c2VjcmV0");
	auth_lost(&side.auth);
	CHECK_TEXT(sends(&side), "");
	side_end(&side);
	login_close(login);
}

static void forgives_old_nonces(void)
{
	struct login *login = login_for("me:secret", AUTH_ANY);
	struct side side;

	side_begin(&side, login, "plain.example");
	CHECK(gets(&side, OFFER(DIGEST), true) == STEP_DONE);
	CHECK_TEXT(sends(&side), "Digest value");
	for (int i = 0; i < 3; i++) {
		CHECK(gets(&side, OFFER(DIGEST ", stale=true"), true) == STEP_DONE);
		CHECK_TEXT(sends(&side), "Digest value");
	}
	CHECK(gets(&side, OFFER(DIGEST ", stale=true"), true) == STEP_FAILED);
	side_end(&side);
	login_close(login);
}

static void counts_nothing_that_proves_nothing(void)
{
	struct login *login = login_for("me:secret", AUTH_NTLM);
	struct side side;

	for (int i = 0; i < 5; i++) {
		side_begin(&side, login, "plain.example");
		CHECK(gets(&side, OFFER("NTLM"), true) == STEP_DONE);
		CHECK_TEXT(sends(&side), "NTLM value");
		side_end(&side);
	}
	CHECK(login_knows(login, LOGIN_PASSWORD));
	login_close(login);
}

static void believes_success(void)
{
	struct login *login = login_for("me:secret", AUTH_BASIC);
	struct side side;

	for (int i = 0; i < 5; i++) {
		side_begin(&side, login, "plain.example");
		CHECK(gets(&side, OFFER("Basic realm=\"x\""), true) == STEP_DONE);
		CHECK_TEXT(sends(&side), "Basic bWU6c2VjcmV0");
		auth_done(&side.auth);
		side_end(&side);
	}
	login_close(login);
}

static void lets_one_try(void)
{
	struct login *login = login_for("me:secret", AUTH_BASIC);
	struct side first;
	struct side second;

	side_begin(&first, login, "plain.example");
	side_begin(&second, login, "plain.example");
	CHECK(gets(&first, OFFER("Basic realm=\"x\""), true) == STEP_DONE);
	CHECK(gets(&second, OFFER("Basic realm=\"x\""), false) == STEP_WAIT);
	CHECK_TEXT(sends(&first), "Basic bWU6c2VjcmV0");
	auth_done(&first.auth);
	loop_run(loop, &second.done);
	CHECK(second.step == STEP_DONE);
	side_end(&first);
	side_end(&second);
	login_close(login);
}

static void tells_the_others(void)
{
	struct login *login = login_for("me:secret", AUTH_BASIC);
	struct side first;
	struct side second;

	side_begin(&first, login, "plain.example");
	side_begin(&second, login, "plain.example");
	CHECK(gets(&first, OFFER("Basic realm=\"x\""), true) == STEP_DONE);
	CHECK(gets(&second, OFFER("Basic realm=\"x\""), false) == STEP_WAIT);
	CHECK_TEXT(sends(&first), "Basic bWU6c2VjcmV0");
	CHECK(gets(&first, OFFER("Basic realm=\"x\""), true) == STEP_FAILED);
	loop_run(loop, &second.done);
	CHECK(second.step == STEP_FAILED);
	side_end(&first);
	side_end(&second);
	login_close(login);
}

static void is_one_at_all_proxies(void)
{
	struct login *here = login_for("me:secret", AUTH_BASIC);
	struct login *there = login_for("me:secret", AUTH_BASIC);
	struct login *other = login_for("you:secret", AUTH_BASIC);
	struct side first;
	struct side second;
	struct side third;

	side_begin(&first, here, "plain.example");
	side_begin(&second, there, "plain.example");
	side_begin(&third, other, "plain.example");
	CHECK(gets(&first, OFFER("Basic realm=\"x\""), true) == STEP_DONE);
	CHECK(gets(&second, OFFER("Basic realm=\"x\""), false) == STEP_WAIT);
	CHECK(gets(&third, OFFER("Basic realm=\"x\""), false) == STEP_DONE);
	CHECK_TEXT(sends(&first), "Basic bWU6c2VjcmV0");
	auth_done(&first.auth);
	loop_run(loop, &second.done);
	CHECK(second.step == STEP_DONE);
	side_end(&first);
	side_end(&second);
	side_end(&third);
	login_close(here);
	login_close(there);
	login_close(other);
	CHECK(logins.accounts == NULL);
}

/* Each has made its value when all was well. */
static void looks_again_before_it_sends(void)
{
	struct login *login = login_for("me:secret", AUTH_BASIC);
	struct side sides[4];

	for (int i = 0; i < 4; i++) {
		side_begin(&sides[i], login, "plain.example");
		CHECK(gets(&sides[i], OFFER("Basic realm=\"x\""), true) == STEP_DONE);
		if (i > 0)
			continue;
		CHECK_TEXT(sends(&sides[0]), "Basic bWU6c2VjcmV0");
		auth_done(&sides[0].auth);
	}
	for (int i = 1; i < 4; i++) {
		CHECK_TEXT(sends(&sides[i]), i < 3 ? "Basic bWU6c2VjcmV0" : "");
		gets(&sides[i], OFFER("Basic realm=\"x\""), true);
		side_end(&sides[i]);
	}
	side_end(&sides[0]);
	login_close(login);
}

static void keeps_basic_back(void)
{
	struct login *login = login_for("me:secret", AUTH_ANY);
	struct side side;

	side_begin(&side, login, "lacking.example");
	CHECK(gets(&side, OFFER("NTLM"), true) == STEP_FAILED);
	side_end(&side);
	side_begin(&side, login, "lacking.example");
	CHECK(gets(&side, OFFER("Basic realm=\"x\""), true) == STEP_FAILED);
	CHECK(side.auth.withheld);
	side_end(&side);
	login_close(login);
	check_choice("lacking.example", AUTH_ANY, OFFER("Basic realm=\"x\""), "Basic bWU6c2VjcmV0");
}

static void knows_what_can_come(void)
{
	static const char basic_field[] = OFFER("Basic realm=\"x\"");
	static const char ntlm_field[] = OFFER("NTLM TlRMTVNTUAAC");
	static const struct http_head basic = {.status = 407,
					       .fields = {basic_field, sizeof(basic_field) - 1}};
	static const struct http_head ntlm = {.status = 407,
					      .fields = {ntlm_field, sizeof(ntlm_field) - 1}};
	struct login *login = login_for("me:secret", AUTH_ANY);
	struct side side;

	side_begin(&side, login, "plain.example");
	CHECK(auth_look_out(&side.auth, &basic) == AUTH_ANEW);
	CHECK(gets(&side, OFFER("NTLM"), true) == STEP_DONE);
	CHECK_TEXT(sends(&side), "NTLM value");
	CHECK(auth_look_out(&side.auth, &ntlm) == AUTH_BOUND);
	CHECK(auth_look_out(&side.auth, &basic) == AUTH_ANEW);
	side_end(&side);
	login_close(login);
	login = login_for(NULL, AUTH_ANY);
	side_begin(&side, login, "plain.example");
	CHECK(auth_look_out(&side.auth, &basic) == AUTH_ENDS);
	side_end(&side);
	login_close(login);
}

/* A helper of our own name beside this program. False: there is none then. */
static bool make_helper(char link[PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len < 0)
		return false;
	self[len] = '\0';
	snprintf(link, PATH_MAX, "%.*s/culvert-auth", (int)(strrchr(self, '/') - self), self);
	unlink(link);
	return symlink(self, link) == 0;
}

int main(int argc, char **argv)
{
	char helper[PATH_MAX];

	if (argc > 0 && strstr(argv[0], "culvert-auth") != NULL)
		return be_helper();
	loop = loop_open();
	logins.loop = loop;
	if (loop == NULL || !make_helper(helper))
		return EXIT_FAILURE;
	unit_test("of what is offered and allowed the best is chosen", chooses_the_best);
	unit_test("a password that the KDC refuses goes nowhere else", ends_with_the_kdc);
	unit_test("a password is shown twice over all tunnels", counts_what_is_shown);
	unit_test("the same value again counts again", counts_what_is_sent_again);
	unit_test("a nonce that is old is no refusal", forgives_old_nonces);
	unit_test("NTLM's first message counts for nothing", counts_nothing_that_proves_nothing);
	unit_test("a password that was believed is shown as often as is wanted", believes_success);
	unit_test("one tunnel alone tries a password, and the others wait", lets_one_try);
	unit_test("and that at all proxies", is_one_at_all_proxies);
	unit_test("what was made is not sent when it has become wrong",
		  looks_again_before_it_sends);
	unit_test("those who wait don't show what was refused", tells_the_others);
	unit_test("Basic stays back where more was offered before", keeps_basic_back);
	unit_test("what can come of a 407 is known by its head", knows_what_can_come);
	unlink(helper);
	loop_close(loop);
	return unit_end();
}
