/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences of a standard's text, as a lab holds it: with the clause each
 * stands in, the modal word that makes it a requirement (GB/T 1.1), and a digest
 * by which a requirement can name it without quoting it. */
#ifndef CONFORMANCE_BIND_SENTENCE_H
#define CONFORMANCE_BIND_SENTENCE_H

#include "formats/base/arena.h"
#include "formats/base/buf.h"

#define SENTENCE_TEXT_MAX   ((size_t)16 << 20) /* bytes of a whole text */
#define SENTENCE_MAX        ((size_t)4096) /* bytes of one; the rest is cut */
#define SENTENCE_CLAUSE_MAX 32
#define SENTENCE_SM3_SIZE   65 /* NUL-terminated hex */

/* In the order in which they are looked for: a sentence has the first found. */
enum sentence_word {
    WORD_NONE,
    WORD_MUST_NOT,   /* 不得 */
    WORD_SHALL_NOT,  /* 不应 */
    WORD_SHALL,      /* 应 */
    WORD_SHOULD_NOT, /* 不宜 */
    WORD_SHOULD,     /* 宜 */
    WORD_MAY,        /* 可 */
    WORD_CAN,        /* 能: a statement, for information */
    WORD_COUNT
};

struct sentence {
    struct bytes text;                /* normalised; in the arena */
    char clause[SENTENCE_CLAUSE_MAX]; /* "5.2.1", "A.3"; "" before the first */
    unsigned line;                    /* where it begins, from 1 */
    enum sentence_word word;
    char sm3[SENTENCE_SM3_SIZE]; /* of the normalised text */
};

struct sentences {
    struct arena arena;
    struct sentence *item; /* owned */
    size_t count, cap;
};

/* sentences_read(s, text, err): the sentences of ${text}, UTF-8, into the empty
 * ${s}. They end at 。！？；, at a colon that ends a line, at an empty line and
 * at a heading; a list item is a sentence of its own. Lines of a table of
 * contents are left out. ERR_LIMIT, ERR_SYNTAX (no UTF-8), ERR_NOMEM.
 * sentences_free also after a failure. */
enum err_code sentences_read(struct sentences *s, struct bytes text,
                             struct err *err) MUST_USE;
void sentences_free(struct sentences *s);

/* sentence_normalise(raw, out): append what is digested: white space (also
 * U+3000, U+00A0) left out, full-width ASCII as ASCII, curly quotes as straight
 * ones, without list marker in front ("a)", "1)", dashes) and punctuation at the
 * end. So the digest does not depend on line breaks and typing. */
void sentence_normalise(struct bytes raw, struct buf *out);

/* sentence_word(normalised): its modal word; 应用, 响应, 可靠, 功能 and the like
 * are none. */
enum sentence_word sentence_word(struct bytes normalised);

/* sentence_word_text(w): "不应"; sentence_level(w, zh): 应, 宜, 可 or 能, or
 * shall, should, may, can; "" for NONE. */
const char *sentence_word_text(enum sentence_word w);
const char *sentence_level(enum sentence_word w, bool zh);

#endif
