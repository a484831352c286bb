/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a stored run is as it was written, without a network. */
#ifndef CONFORMANCE_EVIDENCE_VERIFY_H
#define CONFORMANCE_EVIDENCE_VERIFY_H

#include "conformance/evidence/evidence.h"

enum verify_what {
    VERIFY_INTACT,
    VERIFY_ALTERED,  /* this line is not what was written */
    VERIFY_MISSING,  /* this file is gone, or its end is */
    VERIFY_UNLISTED, /* this file is not of the run */
    VERIFY_UNSEALED  /* the run was cut short: no seal */
};

struct verify_result {
    enum verify_what what;
    char file[256];
    size_t line; /* from 1; 0: the file as a whole */
    uint64_t events;
    size_t files;
};

/* verify_run(dir, out, err): the first difference, in the order log, seal,
 * files as logged, unlisted files. ERR_OK also when something is altered; an
 * attestation is not looked at (sign.h). Else the folder cannot be read
 * (ERR_NOT_FOUND, ERR_IO, ERR_NOMEM). */
enum err_code verify_run(const char *dir, struct verify_result *out,
                         struct err *err) MUST_USE;

const char *verify_word(enum verify_what w, bool zh);

#endif
