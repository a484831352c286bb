/* SPDX-License-Identifier: Apache-2.0 */
/* The throw-away certification authority of a run: good and bad certificates
 * for 127.0.0.1, ::1 and localhost, one EC P-256 key each, made in a folder of
 * the run and never trusted by anything else. */
#ifndef CONFORMANCE_WIRE_CA_H
#define CONFORMANCE_WIRE_CA_H

#include "formats/base/err.h"

#include <stdbool.h>

/* Names of files: "ca" and "other_ca" (certificates of the two authorities), and
 * "<leaf>.cert", "<leaf>.key" of these leaves:
 *   server       good, server use        client       good, client use
 *   expired      ended yesterday         not_yet      begins tomorrow
 *   wrong_name   for wrong.example       self_signed  signed by itself
 *   other        signed by other_ca      weak         RSA with 1,024 bits
 *   usage        server use not allowed
 * All but server, client and usage may be used at either side. */
extern const char *const ca_leaves[]; /* NULL-ended */

/* ca_make(dir, err): make all of them in ${dir}, keys with mode 0600. About
 * 10 ms. ERR_IO, ERR_NOMEM. */
enum err_code ca_make(const char *dir, struct err *err) MUST_USE;

/* ca_known(name): a file of that name is made. Its path is
 * <dir>/<name>.pem. */
bool ca_known(const char *name);

#endif
