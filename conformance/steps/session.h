/* SPDX-License-Identifier: Apache-2.0 */
/* One execution of one network test against one product: its variables, its
 * connections, its transcript, its time. A session belongs to one thread; what
 * it shares with others (run, ledger, definitions, role) is read only. */
#ifndef CONFORMANCE_STEPS_SESSION_H
#define CONFORMANCE_STEPS_SESSION_H

#include "conformance/roles/run.h"
#include "conformance/steps/step.h"

#define SESSION_BODY_MAX ((size_t)32 << 20)
#define SESSION_TRANSCRIPT_MAX                                                 \
    ((size_t)8 << 20) /* then only digests are kept */

/* ---- parameters of a step
 * Texts are expanded: ${ixit.NAME} (the product's parameters, --set),
 * ${target.url}, ${target.host}, ${target.port}, ${token}, ${uuid} (new at each
 * use), ${now} (RFC 3339 now; ${now+300s}, ${now-1h}), ${nonce}, ${attempt} and
 * whatever an earlier step saved. Same seed and same start time: same bytes.
 * An absent parameter gives the default. Borrowed until the session ends. */
const char *session_text(struct session *s, const struct ledger_step *st,
                         const char *param, const char *def);
int64_t session_int(struct session *s, const struct ledger_step *st,
                    const char *param, int64_t def);
bool session_bool(struct session *s, const struct ledger_step *st,
                  const char *param, bool def);
/* session_wait(s, st, param): milliseconds: the number, or the calibrated wait
 * of the run ("auto", or absent); never more than session_left(s). */
unsigned session_wait(struct session *s, const struct ledger_step *st,
                      const char *param);
/* session_each(s, st, param, i, name, value): the i-th member of a STEP_LIST
 * (*name NULL) or STEP_MAP, expanded; false behind the last. */
bool session_each(struct session *s, const struct ledger_step *st,
                  const char *param, size_t i, const char **name,
                  const char **value);

/* session_body(s, st, param, out): the bytes that a STEP_BODY describes:
 *   {seed: BASE, wrap: envelope|none, count: N, mutate: [PATCH...], digest: ..}
 *     a corpus base as record(s) with identifiers of its own (alert_id, msg_id,
 *     ... are new and unique, times are near now), in an envelope unless it is
 *     one; then the patches of ledger_patch over the whole text
 *   {case: CORPUS_CASE}          the document of a corpus case as it stands
 *   {json: TEXT} {text: TEXT} {hex: HEX} {fill: TEXT, count: N}
 * Sets ${seed.msg_id}, ${seed.id} (of the first record), ${seed.count}.
 * PASS; ERROR when it cannot be made (the tester's fault). */
enum verdict session_body(struct session *s, const struct ledger_step *st,
                          const char *param, struct buf *out);

/* session_encoding(name): `encoding` of a body may say it. */
bool session_encoding(struct bytes name);

/* session_assert(s, st, param, document, what): a STEP_TESTS list against a
 * JSON document: operators eq, ne, in, match (regular expression, whole value),
 * type, present, absent, min, max, len_min, len_max, unique, contains, same,
 * eq_or_absent, not_before, not_after (times, see assert_time). FAIL says the
 * pointer and both values; a document that is no JSON is a FAIL. */
enum verdict session_assert(struct session *s, const struct ledger_step *st,
                            const char *param, struct bytes document,
                            const char *what);

/* ---- variables */
void session_set(struct session *s, const char *name, struct bytes value);
const char *session_get(struct session *s, const char *name); /* or NULL */

/* ---- time: monotonic milliseconds; every wait of an operation is bounded */
int64_t session_now_ms(void);
/* session_left(s): milliseconds until the session's end (its timeout_ms, or the
 * run is being stopped: 0). */
unsigned session_left(const struct session *s);

/* ---- the family's own state, zeroed at the start */
void *session_state(struct session *s, const struct step_family *f);

/* The last thing that the tester sent, for the card. */
struct session_sent {
    char channel[24];
    char line[160]; /* its first line, without secrets; "" when it is no text */
    size_t bytes;
    unsigned count; /* of all that was sent; 0: nothing */
};

/* ---- transcript: what went over the wire, secrets redacted as it is written */
enum session_direction { SESSION_SENT, SESSION_RECEIVED, SESSION_NOTE };
void session_log(struct session *s, enum session_direction d,
                 const char *channel, struct bytes data);

/* ---- verdicts of an operation: set the failure card and return the verdict.
 * ${at}: JSON pointer, byte offset or protocol element, or NULL. ${expected} and
 * ${observed} are short texts of one line, copied. The level of the requirement
 * (shall, should, may) turns a FAIL into FAIL, WARN or INFO later, at one place. */
enum verdict session_fail(struct session *s, const char *at,
                          const char *expected, const char *observed);
/* Ambiguous: timeout, refusal without a reason, effect not observable. */
enum verdict session_inconc(struct session *s, const char *expected,
                            const char *observed);
/* The tester or its surroundings. */
enum verdict session_error(struct session *s, const struct err *e);
/* session_silence(s, how, expected, observed): no answer came: ${how} is
 * "closed", "reset" or "timeout". What the test says about it (pass_also), else
 * INCONC in a negative test, FAIL in a positive one. */
enum verdict session_silence(struct session *s, const char *how,
                             const char *expected, const char *observed);
/* A refusal was seen; a pass of a negative test counts only when one was
 * ${attributable}: it says what it refuses (status and code, frame, alert). */
void session_refused(struct session *s, bool attributable);

/* ---- judging received information with the definitions: the session's own
 * observation; session_document enters one document (a text that was received)
 * and keeps it for the content tests of the run when ${good} (nothing odd was
 * provoked). */
struct observe *session_observe(struct session *s);
void session_document(struct session *s, struct bytes text, bool good);

/* session_answer(s, asked, text): the same for what a product answered to the
 * tester's command ${asked}. */
void session_answer(struct session *s, struct bytes asked, struct bytes text);

/* ---- materials of the run, made once: throw-away CA, certificates, token.
 * session_file(s, "ca" | "server.cert" | "server.key" | "expired.cert" | ...):
 * path of a file; NULL when there is none of that name (wire/ca.h lists them). */
const char *session_file(struct session *s, const char *name);

/* session_ixit(s, name): parameter of --set, or NULL. session_token(s): the
 * token of this run. session_scheme(s): "https", "tcp" ...: how the product was
 * told to reach the tester, or the tester reaches it. session_has(s, name):
 * whether the bench has it: "target.curve", "target.store" (bench_has). */
const char *session_ixit(const struct session *s, const char *name);
const char *session_token(const struct session *s);
const char *session_scheme(const struct session *s);
/* session_declared(s): the product came with a declaration (--ics), so that
 * what is optional was claimed or not. */
bool session_declared(const struct session *s);
bool session_has(const struct session *s, const char *name);
/* session_input(s, out, size): path of the file that the product of this session
 * reads its input from: --set input=PATH, or the {input} of --exec, whose folder
 * is there then. False: the product was told of none. */
bool session_input(struct session *s, char *out, size_t size);
/* session_input_port(s): where the product of this session listens for its input:
 * --set input_port=PORT, or the {input_port} of --exec; 0: it reads no stream. */
unsigned session_input_port(struct session *s);

/* ---- the product
 * session_listen_port(s): a free port of this session on the loopback address,
 * the one that {port} of --exec stands for. session_start(s, st): start the
 * product (--exec, placeholders filled in) for this session when it is one of the
 * sender-like roles; PASS at once when it runs already. session_alive(s): false
 * when a product that the session or run started has ended; *status its wait
 * status. */
unsigned session_listen_port(struct session *s);
bool session_alive(struct session *s, int *status);
/* session_absent(s): what to say of a product that has not connected: that, and how
 * it ended where it did. The session's. */
const char *session_absent(struct session *s);
/* session_other_port(s): that port turned out to be taken by somebody else on
 * this machine: another one, before the product is started. False: the product
 * runs already and knows its port. */
bool session_other_port(struct session *s);
enum verdict session_start(struct session *s, const struct ledger_step *st);
/* session_restart(s, kill): end the product (${kill}: by SIGKILL) and start it again, same folder, same
 * store; INCONC when it is not ours to restart. A test that does so is
 * exclusive. */
enum verdict session_restart(struct session *s, bool kill);

/* session_store(s, since, out, end): append what the product has stored behind
 * byte ${since} of its {store} file, *end: up to where; false when it has none
 * (the effect is not observable). session_store_begin(s): its size when this
 * session began. */
uint64_t session_store_begin(const struct session *s);
bool session_store(struct session *s, uint64_t since, struct buf *out,
                   uint64_t *end);

#endif
