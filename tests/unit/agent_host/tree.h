/* SPDX-License-Identifier: Apache-2.0 */
/* A recorded file tree as one text file, unpacked into a new folder below /tmp:
 *   # comment
 *   dir PATH
 *   link PATH -> TARGET
 *   fifo PATH
 *   file PATH        then its lines, each behind "| "
 *   bytes PATH       the same with \0 \n \t \\ \xHH, and no line ends added
 * Parents are made as needed. */
#ifndef TESTS_UNIT_AGENT_HOST_TREE_H
#define TESTS_UNIT_AGENT_HOST_TREE_H

#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/base/buf.h"

static void
tree_fail(const char *what, const char *line)
{
    fprintf(stderr, "tree: %s: %s\n", what, line);
    exit(1);
}

static void
tree_parents(char *path)
{
    for (char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
        *p = '\0';
        mkdir(path, 0700);
        *p = '/';
    }
}

static char *
tree_path(const char *root, const char *path)
{
    static char full[8192];

    snprintf(full, sizeof(full), "%s/%s", root, path);
    tree_parents(full);
    return full;
}

static void
tree_unescape(FILE *out, const char *s)
{
    for (; *s; s++) {
        unsigned byte;

        if (*s != '\\') {
            putc(*s, out);
        } else if (s[1] == 'x' && sscanf(s + 2, "%2x", &byte) == 1) {
            putc((int)byte, out);
            s += 3;
        } else {
            s++;
            putc(*s == '0'   ? '\0'
                 : *s == 'n' ? '\n'
                 : *s == 't' ? '\t'
                             : *s,
                 out);
        }
    }
}

static void
tree_line(const char *root, char *line, FILE **file, bool *escaped)
{
    char *arrow;

    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '|') {
        const char *text = line[1] ? line + 2 : "";

        if (*file == NULL)
            tree_fail("text without a file", line);
        if (*escaped)
            tree_unescape(*file, text);
        else
            fprintf(*file, "%s\n", text);
        return;
    }
    if (*file)
        fclose(*file);
    *file = NULL;
    if (line[0] == '#' || line[0] == '\0')
        return;
    if (strncmp(line, "dir ", 4) == 0) {
        mkdir(tree_path(root, line + 4), 0700);
    } else if (strncmp(line, "fifo ", 5) == 0) {
        mkfifo(tree_path(root, line + 5), 0600);
    } else if (strncmp(line, "link ", 5) == 0 &&
               (arrow = strstr(line, " -> ")) != NULL) {
        *arrow = '\0';
        if (symlink(arrow + 4, tree_path(root, line + 5)) != 0)
            tree_fail("symlink", line);
    } else if (strncmp(line, "file ", 5) == 0 ||
               strncmp(line, "bytes ", 6) == 0) {
        *escaped = line[0] == 'b';
        *file = fopen(tree_path(root, strchr(line, ' ') + 1), "we");
        if (*file == NULL)
            tree_fail("cannot create", line);
    } else {
        tree_fail("what is this", line);
    }
}

/* tree_new(file): the new folder's path, malloced. ${file} NULL: empty. */
static char *
tree_new(const char *file)
{
    char *root = strdup("/tmp/hutong-tree-XXXXXX");
    char line[4096];
    FILE *in, *out = NULL;
    bool escaped = false;

    if (root == NULL || mkdtemp(root) == NULL)
        tree_fail("mkdtemp", "");
    if (file == NULL)
        return root;
    in = fopen(file, "re");
    if (in == NULL)
        tree_fail("cannot read", file);
    while (fgets(line, sizeof(line), in))
        tree_line(root, line, &out, &escaped);
    if (out)
        fclose(out);
    fclose(in);
    return root;
}

static int
tree_remove_one(const char *path, const struct stat *st, int type,
                struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void
tree_free(char *root)
{
    nftw(root, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(root);
}

#endif
