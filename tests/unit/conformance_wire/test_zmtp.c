/* SPDX-License-Identifier: Apache-2.0 */
/* ZMTP as octets, by tables, and against libzmq itself over a connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <zmq.h>

#include "conformance/wire/zmq_end.h"
#include "conformance/wire/zmtp_link.h"

static void
greeting_round_trip(void **state)
{
    struct zmtp_greeting g = zmtp_greeting_of("NULL"), back;
    struct buf b = {0};

    (void)state;
    zmtp_greeting_write(&b, &g);
    assert_int_equal(b.len, ZMTP_GREETING);
    assert_int_equal(zmtp_greeting_read(buf_view(&b), &back), ZMTP_FINE);
    assert_true(bytes_is(zmtp_mechanism(&back), "NULL"));
    assert_int_equal(back.major, 3);
    buf_free(&b);
}

static void
greeting_faults(void **state)
{
    static const struct {
        size_t at;
        char octet;
        enum zmtp_fault fault;
    } rows[] = {
        {0, 0, ZMTP_BAD_SIGNATURE},
        {9, 0, ZMTP_BAD_SIGNATURE},
        {1, 5, ZMTP_FINE},
        {8, 1, ZMTP_FINE},
        {10, 2, ZMTP_BAD_VERSION},
        {10, 9, ZMTP_FINE},
        {12, 'n', ZMTP_BAD_MECHANISM},
        {12, 0, ZMTP_BAD_MECHANISM},
        {31, 'X', ZMTP_BAD_MECHANISM},
        {32, 2, ZMTP_BAD_SERVER},
        {32, 1, ZMTP_FINE},
        {33, 1, ZMTP_BAD_FILLER},
        {63, 1, ZMTP_BAD_FILLER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct zmtp_greeting g = zmtp_greeting_of("NULL");
        struct buf b = {0};

        zmtp_greeting_write(&b, &g);
        b.data[rows[i].at] = rows[i].octet;
        assert_int_equal(zmtp_greeting_read(buf_view(&b), &g), rows[i].fault);
        buf_free(&b);
    }
}

static void
frames(void **state)
{
    static const struct {
        const char *in;
        size_t n;
        enum zmtp_got got;
        size_t used;
        enum zmtp_fault fault;
    } rows[] = {
        {"", 0, ZMTP_WAIT, 0, ZMTP_FINE},
        {"\0", 1, ZMTP_WAIT, 0, ZMTP_FINE},
        {"\0\0", 2, ZMTP_GOT, 2, ZMTP_FINE},
        {"\0\3ab", 4, ZMTP_WAIT, 0, ZMTP_FINE},
        {"\0\3abcd", 6, ZMTP_GOT, 5, ZMTP_FINE},
        {"\1\1a", 3, ZMTP_GOT, 3, ZMTP_FINE},
        {"\2\0\0\0\0\0\0\0\1a", 10, ZMTP_GOT, 10, ZMTP_FINE},
        {"\2\0\0\0\0\0\0\0", 8, ZMTP_WAIT, 0, ZMTP_FINE},
        {"\2\200\0\0\0\0\0\0\0", 9, ZMTP_BROKEN, 0, ZMTP_BAD_SIZE},
        {"\2\0\0\0\0\0\0\4\1", 9, ZMTP_BROKEN, 0, ZMTP_BAD_SIZE},
        {"\10\0", 2, ZMTP_GOT, 2, ZMTP_BAD_RESERVED},
        {"\200\0", 2, ZMTP_GOT, 2, ZMTP_BAD_RESERVED},
        {"\5\0", 2, ZMTP_GOT, 2, ZMTP_BAD_MORE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct zmtp_frame f;
        size_t used = 0;
        enum zmtp_fault fault;

        assert_int_equal(zmtp_frame_read(bytes_of(rows[i].in, rows[i].n), 1024,
                                         &f, &used, &fault),
                         rows[i].got);
        assert_int_equal(used, rows[i].used);
        assert_int_equal(fault, rows[i].fault);
    }
}

static void
commands(void **state)
{
    struct buf b = {0}, meta = {0};
    struct zmtp_frame f;
    struct bytes name, data, value;
    size_t used;
    enum zmtp_fault fault;

    (void)state;
    zmtp_property_write(&meta, "Socket-Type", BYTES("DEALER"));
    zmtp_property_write(&meta, "Identity", BYTES(""));
    zmtp_command_write(&b, "READY", buf_view(&meta));
    assert_int_equal(zmtp_frame_read(buf_view(&b), 1024, &f, &used, &fault),
                     ZMTP_GOT);
    assert_int_equal(used, b.len);
    assert_true(zmtp_command_read(f.body, &name, &data));
    assert_true(bytes_is(name, "READY"));
    assert_true(zmtp_property_find(data, "socket-TYPE", &value));
    assert_true(bytes_is(value, "DEALER"));
    assert_true(zmtp_property_find(data, "Identity", &value));
    assert_false(zmtp_property_find(data, "Resource", &value));
    for (size_t n = 1; n < data.len; n++) {
        struct bytes cut = bytes_upto(data, n);
        enum zmtp_fault last;

        do
            last = zmtp_property_read(&cut, &name, &value);
        while (last == ZMTP_FINE && name.len);
        assert_true(n == 22 || last == ZMTP_BAD_PROPERTY);
    }
    assert_false(zmtp_command_read(BYTES(""), &name, &data));
    assert_false(zmtp_command_read(bytes_of("\0x", 2), &name, &data));
    assert_false(zmtp_command_read(bytes_of("\3ab", 3), &name, &data));
    buf_free(&b);
    buf_free(&meta);
}

/* A DEALER of libzmq connects to our octets. */
static void
with_libzmq(void **state)
{
    struct zmq_end e = {0};
    struct zmtp_link l = {.fd = -1};
    struct zmtp_frame f;
    struct err err = {0};
    struct buf out = {0}, meta = {0};
    struct zmtp_greeting g = zmtp_greeting_of("NULL");
    char endpoint[64];
    const struct bytes sent[] = {BYTES("a"), BYTES(""), BYTES("ccc")};
    int listener;

    (void)state;
    zmtp_link_init(&l);
    assert_int_equal(zmtp_listen(0, &listener, &err), ERR_OK);
    (void)snprintf(endpoint, sizeof(endpoint), "tcp://127.0.0.1:%u",
                   zmtp_listen_port(listener));
    assert_int_equal(zmq_end_open(&e,
                                  &(struct zmq_end_options){
                                      .type = ZMQ_DEALER, .endpoint = endpoint},
                                  &err),
                     ERR_OK);
    assert_int_equal(zmtp_link_accept(&l, listener, 5000), ZMTP_LINK_OK);
    zmtp_greeting_write(&out, &g);
    zmtp_property_write(&meta, "Socket-Type", BYTES("ROUTER"));
    zmtp_command_write(&out, "READY", buf_view(&meta));
    assert_int_equal(zmtp_link_send(&l, buf_view(&out), 1000), ZMTP_LINK_OK);
    assert_int_equal(zmtp_link_greeting(&l, 5000), ZMTP_LINK_OK);
    assert_true(bytes_is(zmtp_mechanism(&l.theirs), "NULL"));
    assert_int_equal(zmtp_link_frame(&l, &f, 5000), ZMTP_LINK_OK);
    assert_int_equal(f.flags, ZMTP_COMMAND);
    assert_int_equal(zmq_end_send(&e, sent, 3, 5000), ERR_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(zmtp_link_frame(&l, &f, 5000), ZMTP_LINK_OK);
        assert_int_equal(f.flags, i < 2 ? ZMTP_MORE : 0);
        assert_true(bytes_eq(f.body, sent[i]));
    }
    zmq_end_close(&e, 0);
    assert_true(zmtp_link_ended(&l, 5000));
    zmtp_link_close(&l, true);
    (void)zmtp_listen_close(listener);
    buf_free(&out);
    buf_free(&meta);
}

/* CURVE: the listed client gets in, another key, NULL and nobody do not. */
static void
curve_lets_in(void **state)
{
    char secret[ZMQ_END_KEY], public[ZMQ_END_KEY], mine[ZMQ_END_KEY],
        my_public[ZMQ_END_KEY];
    static const struct {
        enum zmq_end_zap zap;
        bool listed, null, in;
    } rows[] = {{ZMQ_END_ANY, false, false, true},
                {ZMQ_END_ANY, false, true, false},
                {ZMQ_END_LISTED, true, false, true},
                {ZMQ_END_LISTED, false, false, false},
                {ZMQ_END_NOBODY, true, false, false}};

    (void)state;
    assert_true(zmq_end_keys(secret, public));
    assert_true(zmq_end_keys(mine, my_public));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct zmq_end server = {0}, client = {0};
        struct zmq_message m = {0};
        struct err err = {0};
        struct bytes frame = BYTES("x");
        char endpoint[64];

        assert_int_equal(
            zmq_end_open(&server,
                         &(struct zmq_end_options){
                             .type = ZMQ_PULL,
                             .endpoint = "tcp://127.0.0.1:*",
                             .bind = true,
                             .secret = secret,
                             .public = public,
                             .zap = rows[i].zap,
                             .other = rows[i].listed ? my_public : public},
                         &err),
            ERR_OK);
        (void)snprintf(endpoint, sizeof(endpoint), "tcp://127.0.0.1:%u",
                       zmq_end_port(&server));
        assert_int_equal(zmq_end_open(&client,
                                      &(struct zmq_end_options){
                                          .type = ZMQ_PUSH,
                                          .endpoint = endpoint,
                                          .secret = rows[i].null ? NULL : mine,
                                          .public = my_public,
                                          .other = public},
                                      &err),
                         ERR_OK);
        (void)zmq_end_send(&client, &frame, 1, rows[i].in ? 5000 : 300);
        assert_int_equal(zmq_end_receive(&server, &m, rows[i].in ? 5000 : 200),
                         rows[i].in ? ERR_OK : ERR_TIMEOUT);
        zmq_end_events(&server);
        assert_int_equal(server.handshakes, rows[i].in);
        zmq_end_close(&client, 0);
        zmq_end_close(&server, 0);
        zmq_message_free(&m);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(greeting_round_trip),
        cmocka_unit_test(greeting_faults),
        cmocka_unit_test(frames),
        cmocka_unit_test(commands),
        cmocka_unit_test(with_libzmq),
        cmocka_unit_test(curve_lets_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
