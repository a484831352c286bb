/* SPDX-License-Identifier: Apache-2.0 */
/* LINK conformance_evidence */
/* A run folder of which one file is any bytes (the first says which): verify
 * and the check of signatures say so, whatever they are. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "conformance/evidence/sign.h"
#include "conformance/evidence/verify.h"

#define T "2026-11-22T10:00:00Z"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[64], key_path[80], public_path[80];
static struct key key;
static const struct sign_about about = {"PASSED", {"[]", 2}};
static const char *const names[] = {EVIDENCE_EVENTS, EVIDENCE_SEAL,
                                    "report.json", "attestation.json"};
static struct buf kept[4]; /* as they were written */

static void
slurp(const char *name, struct buf *out)
{
    char path[128];
    ssize_t n;
    int fd;

    (void)snprintf(path, sizeof path, "%s/run/%s", dir, name);
    fd = open(path, O_RDONLY);
    if (fd < 0 || !buf_reserve(out, 65536) ||
        (n = read(fd, out->data, 65536)) < 0)
        abort();
    out->len = (size_t)n;
    (void)close(fd);
}

static void
put(const char *name, struct bytes text)
{
    char path[128];
    int fd;

    (void)snprintf(path, sizeof path, "%s/run/%s", dir, name);
    fd = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0600);
    if (fd < 0 || write(fd, text.data, text.len) != (ssize_t)text.len)
        abort();
    (void)close(fd);
}

static void
tidy(void)
{
    char path[128];

    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(path, sizeof path, "%s/run/%s", dir, names[i]);
        (void)unlink(path);
    }
    (void)snprintf(path, sizeof path, "%s/run", dir);
    (void)rmdir(path);
    (void)unlink(key_path);
    (void)unlink(public_path);
    (void)rmdir(dir);
}

static void
set_up(void)
{
    struct evidence e;
    struct err err = {0};
    char run[80];

    (void)snprintf(dir, sizeof dir, "/dev/shm/hutong-fuzz-XXXXXX");
    if (mkdtemp(dir) == NULL)
        abort();
    (void)snprintf(run, sizeof run, "%s/run", dir);
    (void)snprintf(key_path, sizeof key_path, "%s/k.key", dir);
    (void)snprintf(public_path, sizeof public_path, "%s/k.pub", dir);
    if (evidence_open(&e, run, &err) != ERR_OK ||
        evidence_event(&e, "begin", T, BYTES(""), &err) != ERR_OK ||
        evidence_file(&e, "report.json", T, BYTES("{\n}\n"), &err) != ERR_OK ||
        evidence_seal(&e, &err) != ERR_OK ||
        key_make(KEY_ED25519, key_path, public_path, &err) != ERR_OK ||
        key_private(&key, key_path, &err) != ERR_OK ||
        sign_run(run, &key, 1, SIGN_TESTER, &about, &err) != ERR_OK)
        abort();
    (void)atexit(tidy);
    evidence_close(&e);
    for (size_t i = 0; i < 4; i++)
        slurp(names[i], &kept[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct verify_result r;
    struct sign_result s;
    struct err err = {0};
    struct bytes text;
    char run[80];
    bool same, bad;
    size_t i;

    if (dir[0] == '\0')
        set_up();
    if (size == 0)
        return 0;
    i = data[0] % 4;
    text = bytes_of((const char *)data + 1, size - 1);
    same = bytes_eq(text, buf_view(&kept[i]));
    (void)snprintf(run, sizeof run, "%s/run", dir);
    put(names[i], text);
    bad = verify_run(run, &r, &err) != ERR_OK || r.what != VERIFY_INTACT;
    bad |= sign_check(run, &key, 1, &about, &s, &err) != ERR_OK;
    put(names[i], buf_view(&kept[i]));
    if (bad == same)
        __builtin_trap(); /* altered and not noticed, or the other way */
    return 0;
}
