/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/source/port_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

enum err_code
port_file_write(const char *path, struct bytes text, struct err *err)
{
    char temporary[PATH_MAX];
    int n = snprintf(temporary, sizeof temporary, "%s.new", path);
    int fd;
    bool good;

    if (n < 0 || n >= (int)sizeof temporary)
        return err_set(err, ERR_LIMIT, path, "the path is too long");
    (void)unlink(temporary);
    fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return err_errno(err, path, "cannot write the port file");
    good = write(fd, text.data, text.len) == (ssize_t)text.len;
    if (close(fd) != 0 || !good || rename(temporary, path) != 0) {
        enum err_code code = err_errno(err, path, "cannot write the port file");

        (void)unlink(temporary);
        return code;
    }
    return ERR_OK;
}
