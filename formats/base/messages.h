/* SPDX-License-Identifier: Apache-2.0 */
/* Errors and diagnostics in Chinese. They are made in English where the fault is
 * first seen (err.h, diag.h); a program that prints one to a person says it again
 * by the catalogue formats/base/data/messages.zh.yaml, whose rows are the printf
 * formats of the sources: the row whose fixed text fits the finished message is
 * found, what stood for its conversions is cut out and put into the Chinese.
 *
 * In `zh` {1}, {2}, ... are the slots of `en` from the left, conversions side by
 * side being one slot; {1~} is a slot that is itself a message. A text without a
 * row stays English; so does what a slot holds, unless it is marked. */
#ifndef FORMATS_BASE_MESSAGES_H
#define FORMATS_BASE_MESSAGES_H

#include "formats/base/diag.h"
#include "formats/base/embed.h"

#define MESSAGES_FILE      "base/data/messages.zh.yaml"
#define MESSAGES_SLOTS_MAX 8
#define MESSAGES_TEXT_MAX  4096 /* bytes; a longer text stays as it is */

struct messages; /* read only once loaded: any thread */

/* messages_load(file, in, diag): NULL with errors in ${diag}: a row without fixed
 * text, of more than MESSAGES_SLOTS_MAX slots, whose slots are not those of its
 * Chinese, or that stands twice. Borrows nothing of ${in}. Caller:
 * messages_free. */
struct messages *messages_load(const char *file, struct bytes in,
                               struct diag *diag);

/* messages_embedded(files): MESSAGES_FILE of ${files}; NULL when it is not there
 * or wrong (tests/messages.sh keeps that from happening). */
struct messages *messages_embedded(const struct embed_file *files);

/* messages_once(m, files): *m, which is messages_embedded(files) from the first
 * call on. For a program that seldom needs it. */
const struct messages *messages_once(struct messages **m,
                                     const struct embed_file *files);

/* messages_free(m): NULL is allowed. */
void messages_free(struct messages *m);

/* messages_zh(m, en, out): append the Chinese of ${en}, or ${en} itself and return
 * false where no row fits or ${m} is NULL. Of the rows that fit, the one with most
 * fixed text is taken. A text "a: b" with no row of its own is "a：" and the
 * Chinese of b. Slots are copied byte for byte: the caller escapes the whole. */
bool messages_zh(const struct messages *m, struct bytes en, struct buf *out);

#endif
