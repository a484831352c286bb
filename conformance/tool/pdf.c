/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/tool/pdf.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define POLL_MS    50

/* The browser's full path; false when none is on PATH. */
static bool
find_browser(char out[PATH_BYTES])
{
    static const char *const names[] = {"chromium", "chromium-browser",
                                        "google-chrome",
                                        "google-chrome-stable"};
    const char *dirs = getenv("PATH");

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct bytes rest = bytes_str(dirs);

        while (rest.len > 0) {
            size_t n = bytes_find(rest, ':');
            int k = snprintf(out, PATH_BYTES, "%.*s/%s", (int)n, rest.data,
                             names[i]);

            if (n > 0 && n < PATH_BYTES && k < PATH_BYTES &&
                access(out, X_OK) == 0)
                return true;
            rest = bytes_from(rest, n + 1);
        }
    }
    return false;
}

static enum err_code
write_page(const char *path, struct bytes html, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    enum err_code code = ERR_OK;

    if (fd < 0)
        return err_errno(err, path, "create");
    while (html.len > 0 && code == ERR_OK) {
        ssize_t n = write(fd, html.data, html.len);

        if (n >= 0)
            html = bytes_from(html, (size_t)n);
        else if (errno != EINTR)
            code = err_errno(err, path, "write");
    }
    if (close(fd) != 0 && code == ERR_OK)
        code = err_errno(err, path, "close");
    return code;
}

static void
remove_all(const char *dir)
{
    char *const roots[] = {(char *)(uintptr_t)dir, NULL};
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    FTSENT *e;

    while (tree != NULL && (e = fts_read(tree)) != NULL) {
        if (e->fts_info != FTS_D)
            (void)remove(e->fts_accpath);
    }
    if (tree != NULL)
        (void)fts_close(tree);
}

/* In the child: never returns. The browser has a home of its own, in ${dir}. */
static void
become_browser(const char *browser, const char *dir)
{
    char profile[PATH_BYTES], print[PATH_BYTES], page[PATH_BYTES];
    int null = open("/dev/null", O_RDWR);
    char *const argv[] = {
        (char *)(uintptr_t)browser, (char *)(uintptr_t) "--headless=new",
        (char *)(uintptr_t) "--disable-gpu",
        (char *)(uintptr_t) "--no-first-run",
        (char *)(uintptr_t) "--disable-extensions",
        (char *)(uintptr_t) "--no-pdf-header-footer", profile, print, page,
        /* its sandbox does not work for root; the page is our own */
        geteuid() == 0 ? (char *)(uintptr_t) "--no-sandbox" : NULL, NULL};

    (void)snprintf(profile, sizeof profile, "--user-data-dir=%s/profile", dir);
    (void)snprintf(print, sizeof print, "--print-to-pdf=%s/page.pdf", dir);
    (void)snprintf(page, sizeof page, "file://%s/page.html", dir);
    (void)setpgid(0, 0);
    (void)setenv("HOME", dir, 1);
    if (null >= 0) {
        (void)dup2(null, 0);
        (void)dup2(null, 1);
        (void)dup2(null, 2);
    }
    (void)execv(browser, argv);
    _exit(127);
}

static enum err_code
run_browser(const char *browser, const char *dir, struct err *err)
{
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    pid_t pid = fork(), done = 0;
    int status = 0;

    if (pid < 0)
        return err_errno(err, browser, "fork");
    if (pid == 0)
        become_browser(browser, dir);
    for (unsigned ms = 0; ms < PDF_TIMEOUT_S * 1000U && done == 0;
         ms += POLL_MS) {
        done = waitpid(pid, &status, WNOHANG);
        if (done == 0)
            (void)nanosleep(&pause, NULL);
    }
    (void)kill(-pid, SIGKILL); /* what it started must not stay */
    if (done == 0) {
        (void)waitpid(pid, &status, 0);
        return err_set(err, ERR_TIMEOUT, browser, "did not end in %d s",
                       PDF_TIMEOUT_S);
    }
    return ERR_OK;
}

/* The file that the browser made, when it is a PDF, to where it is wanted. */
static enum err_code
fetch(const char *from, const char *to, const char *browser, struct err *err)
{
    char bytes[65536];
    FILE *in = fopen(from, "re"), *out = NULL;
    size_t n = in != NULL ? fread(bytes, 1, sizeof bytes, in) : 0;
    bool ok = true;

    if (n < 5 || memcmp(bytes, "%PDF-", 5) != 0) {
        if (in != NULL)
            (void)fclose(in);
        return err_set(err, ERR_IO, browser, "made no PDF");
    }
    out = fopen(to, "we");
    if (out == NULL) {
        (void)fclose(in);
        return err_errno(err, to, "create");
    }
    while (n > 0 && ok) {
        ok = fwrite(bytes, 1, n, out) == n;
        n = fread(bytes, 1, sizeof bytes, in);
    }
    ok = !ferror(in) && ok;
    (void)fclose(in);
    ok = fclose(out) == 0 && ok;
    return ok ? ERR_OK : err_set(err, ERR_IO, to, "cannot be written");
}

enum err_code
pdf_print(struct bytes html, const char *out, struct err *err)
{
    char browser[PATH_BYTES], dir[64], page[128], made[128];
    const char *temporary = getenv("TMPDIR");
    enum err_code code;

    if (!find_browser(browser))
        return err_set(err, ERR_NOT_FOUND, NULL,
                       "no Chromium on PATH; write --format html and print "
                       "that with any browser");
    if (temporary == NULL || temporary[0] != '/' || strlen(temporary) > 32)
        temporary = "/tmp";
    (void)snprintf(dir, sizeof dir, "%s/hutong-pdf-XXXXXX", temporary);
    if (mkdtemp(dir) == NULL)
        return err_errno(err, dir, "mkdtemp");
    (void)snprintf(page, sizeof page, "%s/page.html", dir);
    (void)snprintf(made, sizeof made, "%s/page.pdf", dir);
    code = write_page(page, html, err);
    if (code == ERR_OK)
        code = run_browser(browser, dir, err);
    if (code == ERR_OK)
        code = fetch(made, out, browser, err);
    remove_all(dir);
    return code;
}
