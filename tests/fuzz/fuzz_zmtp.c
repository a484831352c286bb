/* SPDX-License-Identifier: Apache-2.0 */
/* LINK conformance_wire */
/* What a hostile product sends on a raw ZMTP connection: greeting, frames,
 * commands, metadata. The first byte chooses. Whatever is read lies inside of the
 * input, and written again it is the same. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conformance/wire/zmtp_link.h"

static void
inside(struct bytes all, struct bytes part)
{
    if (part.len &&
        (part.data < all.data || part.data + part.len > all.data + all.len))
        abort();
}

static void
greeting(struct bytes in)
{
    struct zmtp_greeting g;
    struct buf b = {0};

    if (in.len >= ZMTP_GREETING &&
        zmtp_greeting_read(bytes_upto(in, ZMTP_GREETING), &g) == ZMTP_FINE) {
        zmtp_greeting_write(&b, &g);
        if (!bytes_eq(buf_view(&b), bytes_upto(in, ZMTP_GREETING)))
            abort();
    }
    buf_free(&b);
}

static void
command(struct bytes body)
{
    struct bytes name, data, key, value;

    if (!zmtp_command_read(body, &name, &data))
        return;
    inside(body, name);
    inside(body, data);
    (void)zmtp_property_find(data, "Socket-Type", &value);
    do {
        if (zmtp_property_read(&data, &key, &value) != ZMTP_FINE)
            break;
        inside(body, key);
        inside(body, value);
    } while (key.len);
}

static void
frames(struct bytes in)
{
    struct zmtp_frame f;
    enum zmtp_fault fault;
    size_t used;

    while (zmtp_frame_read(in, 4096, &f, &used, &fault) == ZMTP_GOT) {
        struct buf b = {0};

        if (used < 2 || used > in.len)
            abort();
        inside(in, f.body);
        zmtp_frame_head(&b, f.flags, f.body.len);
        if (!bytes_eq(buf_view(&b), bytes_upto(in, b.len)))
            abort();
        buf_free(&b);
        if (f.flags & ZMTP_COMMAND)
            command(f.body);
        in = bytes_from(in, used);
    }
}

/* The same octets from a peer over a connection, as a test reads them. */
static void
conversation(struct bytes in)
{
    struct zmtp_link l = {.fd = -1};
    struct zmtp_frame f;
    enum zmtp_state z;
    int ends[2];

    if (in.len > 32768 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return;
    zmtp_link_init(&l);
    l.fd = ends[0];
    (void)!write(ends[1], in.data, in.len);
    close(ends[1]);
    z = zmtp_link_greeting(&l, 0);
    while (z == ZMTP_LINK_OK ||
           (z == ZMTP_LINK_FAULT && l.fault != ZMTP_BAD_SIZE)) {
        z = zmtp_link_frame(&l, &f, 0);
        if (z == ZMTP_LINK_OK && (f.flags & ZMTP_COMMAND))
            command(f.body);
    }
    (void)zmtp_link_ended(&l, 0);
    zmtp_link_close(&l, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in =
        bytes_of((const char *)data + (size > 0), size - (size > 0));

    switch (size ? data[0] % 4 : 0) {
    case 0:
        greeting(in);
        break;
    case 1:
        frames(in);
        break;
    default:
        conversation(in);
        break;
    }
    return 0;
}
