/* SPDX-License-Identifier: ISC */
/*
 * Tests of src/auth-helper, in processes of its own with its engines as they were built: asked by
 * src/auth/helper.c over a loop, with no Kerberos realm but one whose KDC isn't there.
 */
#include "auth/helper.h"
#include "program.h"

int auth_main(void);
#define main auth_main
#include "../../src/auth-helper/main.c"
#undef main

pid_t __wrap_child_start(const char *path, char *const argv[], int input, int output);

/* What is started is culvert-auth. */
pid_t __wrap_child_start(const char *path, char *const argv[], int input, int output)
{
	pid_t pid;

	(void)argv;
	CHECK(strstr(path, "culvert-auth") != NULL);
	fflush(stdout);
	pid = fork();
	if (pid != 0)
		return pid;
	dup2(input, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	exit(auth_main());
}

static struct loop *loop;
static struct helper *helper;

/* Who asks. */
static struct question {
	struct task task;
	struct slice challenge;
	deadline until;
	enum helper_end end;
	bool done;
} question;

static void question_run(struct task *task)
{
	struct question *asked = (struct question *)task;

	asked->done =
		helper_ask(helper, asked->challenge, asked->until, task, &asked->end) == STEP_DONE;
	if (!asked->done)
		loop_at(loop, task, asked->until);
}

/* Have a challenge answered. */
static enum helper_end ask_it(const char *challenge)
{
	question = (struct question){.task = {.run = question_run},
				     .challenge = {challenge, strlen(challenge)},
				     .until = deadline_in_ms(20000)};
	loop_wake(loop, &question.task);
	loop_run(loop, &question.done);
	loop_drop(loop, &question.task);
	return question.end;
}

static struct wire_settings settings_for(const char *scheme, const char *user, const char *password)
{
	return (struct wire_settings){
		.scheme = {scheme, strlen(scheme)},
		.host = {"proxy.example", sizeof("proxy.example") - 1},
		.uri = {"host.example:22", sizeof("host.example:22") - 1},
		.user = {user, user != NULL ? strlen(user) : 0},
		.password = {password, password != NULL ? strlen(password) : 0},
	};
}

static void begin(const char *scheme, const char *user, const char *password)
{
	struct wire_settings settings = settings_for(scheme, user, password);

	helper = helper_start(loop, &settings);
	CHECK(helper != NULL);
}

/* Whether the answer has this. */
static bool has(const char *what)
{
	struct slice text = helper_text(helper);

	return memmem(text.data, text.len, what, strlen(what)) != NULL;
}

static bool lists(const char *scheme)
{
	bool listed;

	helper = helper_start(loop, NULL);
	question.challenge = (struct slice){"", 0};
	listed = ask_it("") == HELPER_SCHEMES && has(scheme);
	helper_stop(helper);
	return listed;
}

static void lists_what_there_is(void)
{
	helper = helper_start(loop, NULL);
	CHECK_NUMBER(ask_it(""), HELPER_SCHEMES);
	CHECK(program_has("culvert-auth-curl.so") == has("Digest by "));
	helper_stop(helper);
}

static void answers_digest(void)
{
	if (!program_has("culvert-auth-curl.so"))
		return;
	begin("Digest", "me", "s3cret");
	CHECK_NUMBER(ask_it("Digest realm=\"r\", nonce=\"n1\", qop=\"auth\", algorithm=SHA-256"),
		     HELPER_PROOF);
	CHECK(has("Digest ") && has("username=\"me\"") && has("uri=\"host.example:22\""));
	CHECK(has("nonce=\"n1\"") && has("nc=00000001") && !has("s3cret"));
	helper_stop(helper);
	begin("Digest", "me\"with", "s3cret");
	CHECK_NUMBER(ask_it("Digest realm=\"r\", nonce=\"n\""), HELPER_PROOF);
	CHECK(has("username=\"me\\\"with\""));
	helper_stop(helper);
	begin("Digest", "me", "s3cret");
	CHECK_NUMBER(ask_it("Digest nonsense"), HELPER_NO_VALUE);
	helper_stop(helper);
}

/* A request that is passed on in the place of a tunnel has a method of its own. */
static void answers_for_requests(void)
{
	struct wire_settings settings = settings_for("Digest", "me", "s3cret");

	if (!program_has("culvert-auth-curl.so"))
		return;
	settings.method = (struct slice){"GET", 3};
	settings.uri = (struct slice){"/path?a=b", 9};
	helper = helper_start(loop, &settings);
	CHECK_NUMBER(ask_it("Digest realm=\"r\", nonce=\"n\", qop=\"auth\""), HELPER_PROOF);
	CHECK(has("/path?a=b") && !has("s3cret"));
	helper_stop(helper);
}

/* The first message is always the same to a degree, and what is no second one has no answer. */
static void answers_ntlm(void)
{
	if (!lists("NTLM by "))
		return;
	begin("NTLM", "DOMAIN\\me", "s3cret");
	CHECK_NUMBER(ask_it("NTLM"), HELPER_OPENING);
	CHECK(has("NTLM TlRMTVNTUAAB"));
	CHECK(helper_engine(helper)[0] != '\0');
	CHECK_NUMBER(ask_it("NTLM "
			    "TlRMTVNTUAACAAAADAAMADgAAAAVgoniASNFZ4mrze8AAAAAAAAAACQAJABEAAAABgGx"
			    "HQAAAA9EAG8AbQBhAGkAbgACAAwARABvAG0AYQBpAG4AAQAMAFMAZQByAHYAZQByAAAA"
			    "AAA="),
		     HELPER_PROOF);
	CHECK(has("NTLM TlRMTVNTUAAD") && !has("s3cret"));
	helper_stop(helper);
	begin("NTLM", "me", "s3cret");
	CHECK_NUMBER(ask_it("NTLM"), HELPER_OPENING);
	CHECK(ask_it("NTLM bm9uc2Vuc2U=") != HELPER_PROOF);
	helper_stop(helper);
}

static void answers_negotiate(void)
{
	enum helper_end end;

	if (!lists("Negotiate by "))
		return;
	begin("Negotiate", NULL, NULL);
	end = ask_it("Negotiate");
	CHECK(end == HELPER_NO_TICKET || end == HELPER_NO_VALUE);
	CHECK(helper_text(helper).len > 0);
	helper_stop(helper);
	begin("Negotiate", "me@NOWHERE.TEST", "s3cret");
	end = ask_it("Negotiate");
	CHECK(end != HELPER_PROOF && end != HELPER_TICKET && !has("s3cret"));
	helper_stop(helper);
	begin("Negotiate", "DOMAIN\\me", "s3cret");
	end = ask_it("Negotiate");
	CHECK(end != HELPER_BROKEN && end != HELPER_LATE && !has("s3cret"));
	if (end == HELPER_OPENING)
		CHECK(ask_it("Negotiate bm9uc2Vuc2U=") != HELPER_PROOF);
	helper_stop(helper);
}

static void knows_no_other(void)
{
	begin("Rot13", "me", "s3cret");
	CHECK_NUMBER(ask_it("Rot13 x"), HELPER_NO_SCHEME);
	CHECK(has("no such scheme"));
	helper_stop(helper);
}

/* Nobody hears from it when it is spoken to as culvert doesn't. */
static void ends_at_nonsense(void)
{
	char path[PATH_MAX];
	char *argv[] = {path, NULL};
	char byte;
	int ends[2];
	int status = -1;
	pid_t pid;

	__wrap_paths_find("culvert-auth", "", path);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	pid = child_start(path, argv, ends[1], ends[1]);
	close(ends[1]);
	CHECK(write(ends[0], "nonsense", 8) == 8);
	CHECK(read(ends[0], &byte, 1) <= 0);
	waitpid(pid, &status, 0);
	CHECK_NUMBER(status, 0);
	close(ends[0]);
}

int main(void)
{
	char realm[PATH_MAX];
	FILE *file;

	snprintf(realm, sizeof(realm), "%s/tests/unit/engines-krb5-%d", program_built_in(),
		 (int)getpid());
	file = fopen(realm, "w");
	if (file == NULL)
		return EXIT_FAILURE;
	fputs("[libdefaults]\ndefault_realm = NOWHERE.TEST\ndns_lookup_kdc = false\n"
	      "udp_preference_limit = 1\n[realms]\nNOWHERE.TEST = {\nkdc = 127.0.0.1:1\n}\n",
	      file);
	fclose(file);
	setenv("KRB5_CONFIG", realm, 1);
	setenv("KRB5CCNAME", "FILE:/nonexistent/ticket", 1);
	loop = loop_open();
	signal(SIGPIPE, SIG_IGN);
	unit_test("it lists what there is", lists_what_there_is);
	unit_test("it answers Digest", answers_digest);
	unit_test("it answers Digest for any request", answers_for_requests);
	unit_test("it answers NTLM", answers_ntlm);
	unit_test("it answers Negotiate", answers_negotiate);
	unit_test("it knows no other scheme", knows_no_other);
	unit_test("it ends when it is spoken to wrongly", ends_at_nonsense);
	while (waitpid(-1, NULL, 0) > 0)
		;
	loop_close(loop);
	unlink(realm);
	return unit_end();
}
