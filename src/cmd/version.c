/* SPDX-License-Identifier: ISC */
/* version.c: what --version tells: what this is, and what it can do here. */
#include "configured.h"

#include "auth/helper.h"
#include "base/sandbox.h"
#include "cmd/version.h"
#include "net/idn.h"
#include "net/tls.h"
#include <stdlib.h>
#include <string.h>

enum { HELPER_WAIT_MS = 5000 }; /* how long culvert-auth may take to say what it is */

/* Asks the helper which schemes there are. */
struct question {
	struct task task;
	struct helper *helper;
	deadline until;
	enum helper_end end;
	bool done;
};

static void question_run(struct task *task)
{
	struct question *question = (struct question *)task;

	question->done = helper_ask(question->helper, (struct slice){"", 0}, question->until, task,
				    &question->end) == STEP_DONE;
}

/* Each line with a text before it. */
static void add_lines(struct buffer *out, const char *before, struct slice lines)
{
	while (lines.len > 0) {
		const char *end = memchr(lines.data, '\n', lines.len);
		size_t len = end != NULL ? (size_t)(end - lines.data) : lines.len;

		buffer_printf(out, "%s%.*s\n", before, (int)len, lines.data);
		slice_advance(&lines, end != NULL ? len + 1 : len);
	}
}

/* What culvert-auth adds, if it is there. */
static void add_helper(struct buffer *text, struct loop *loop)
{
	struct question question = {.task = {.run = question_run},
				    .helper = helper_start(loop, NULL),
				    .until = deadline_in_ms(HELPER_WAIT_MS),
				    .end = HELPER_BROKEN};

	if (question.helper != NULL) {
		loop_wake(loop, &question.task);
		loop_at(loop, &question.task, question.until);
		loop_run(loop, &question.done);
		loop_drop(loop, &question.task);
	}
	if (question.end == HELPER_SCHEMES)
		add_lines(text, "authentication: ", helper_text(question.helper));
	else
		buffer_append_text(text, "authentication: no culvert-auth: no Digest, NTLM, "
					 "Negotiate\n");
	helper_stop(question.helper);
}

static void add_tls(struct buffer *text)
{
	struct failure failure = {.outcome = OUTCOME_OK};

	if (tls_load(&failure) == OUTCOME_OK)
		buffer_printf(text, "TLS: %s\n", tls_library());
	else
		buffer_printf(text, "TLS: none; %s\n", failure.text);
}

static void add_names(struct buffer *text)
{
	char library[64];

	if (idn_library(library, sizeof(library)))
		buffer_printf(text, "names beyond ASCII: %s\n", library);
	else
		buffer_printf(text, "names beyond ASCII: none; %s is not installed\n", library);
}

static void add_sandbox(struct buffer *text)
{
	char found[SANDBOX_TEXT_SIZE];

	sandbox_text(found);
	buffer_printf(text, "sandbox: %s\n", found);
}

char *version_text(void)
{
	struct loop *loop = loop_open();
	struct buffer text = {0};

	buffer_append_text(&text, PACKAGE_STRING "\nauthentication: Basic, Bearer\n");
	if (loop != NULL) {
		add_helper(&text, loop);
		loop_close(loop);
	}
	add_tls(&text);
	add_names(&text);
	add_sandbox(&text);
	if (buffer_text(&text) == NULL)
		buffer_free(&text);
	return text.data;
}
