/* SPDX-License-Identifier: Apache-2.0 */
/* Syslog over loopback on ports that the kernel chose: both framings, hostile
 * counts, halves of frames, limits, drops that are counted, a host that is
 * full. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "tests/unit/agent_source/rig.h"

extern const struct source source_syslog;

#define NONE ((struct bytes){0})

/* The ${n}-th line of the port file, without its scheme, as an address. */
static struct sockaddr_in
bound(const struct rig *r, size_t n)
{
    char text[1024] = "", path[128], *line = text, *colon;
    struct sockaddr_in a = {.sin_family = AF_INET};
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/ports", r->dir);
    f = fopen(path, "r");
    assert_non_null(f);
    assert_true(fread(text, 1, sizeof text - 1, f) > 0);
    fclose(f);
    while (n-- > 0) {
        line = strchr(line, '\n');
        assert_non_null(line);
        line++;
    }
    *strchr(line, '\n') = '\0';
    colon = strrchr(line, ':');
    assert_non_null(colon);
    a.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

static void
start(struct rig *r, const char *listen)
{
    static char path[128];

    if (r->source == NULL)
        rig_init(r, &source_syslog);
    (void)snprintf(path, sizeof path, "%s/ports", r->dir);
    rig_set(r, "listen", listen);
    rig_set(r, "port_file", path);
    rig_open(r, NONE);
}

static int
dial(const struct rig *r, size_t n, int type)
{
    struct sockaddr_in a = bound(r, n);
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    return fd;
}

static void
say_n(int fd, const char *text, size_t n)
{
    assert_int_equal(send(fd, text, n, MSG_NOSIGNAL), (ssize_t)n);
}

static void
say(int fd, const char *text)
{
    say_n(fd, text, strlen(text));
}

static const struct source_counters *
counters(const struct rig *r)
{
    return r->source->counters(r->handle);
}

/* ---- UDP */

static void
test_udp(void **state)
{
    struct rig r = {0};
    struct sockaddr_in own;
    socklen_t n = sizeof own;
    char origin[64];
    int fd;

    (void)state;
    start(&r, "udp://127.0.0.1:0");
    fd = dial(&r, 0, SOCK_DGRAM);
    say(fd, "<13>one");
    say(fd, "<13>two\r\n");
    say_n(fd, "<13>three\n\0", 11); /* as Hillstone ends them */
    say_n(fd, "", 0);
    say_n(fd, "\n\0", 2);
    say(fd, "<13>a\n<13>b");
    rig_frames(&r, 4);
    rig_texts_are(&r, "<13>one|<13>two|<13>three|<13>a\n<13>b|");
    assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &n), 0);
    (void)snprintf(origin, sizeof origin, "127.0.0.1:%u", ntohs(own.sin_port));
    assert_string_equal(r.got[0].origin, origin);
    assert_int_equal(r.got[0].seed_len, 0);
    assert_int_equal(counters(&r)->frames, 4);
    assert_int_equal(counters(&r)->lost, 0);
    assert_true(r.chunks > 0);
    close(fd);
    rig_free(&r);
}

static void
test_udp_lines_in_a_datagram(void **state)
{
    struct rig r = {0};
    int fd;

    (void)state;
    rig_init(&r, &source_syslog);
    rig_set(&r, "split_lines", "true");
    start(&r, "udp://127.0.0.1:0");
    fd = dial(&r, 0, SOCK_DGRAM);
    say(fd, "id=tos a\r\nid=tos b\n\nid=tos c");
    rig_frames(&r, 3);
    rig_texts_are(&r, "id=tos a|id=tos b|id=tos c|");
    close(fd);
    rig_free(&r);
}

static void
test_udp_over_the_limit(void **state)
{
    struct rig r = {0};
    char big[2000];
    int fd;

    (void)state;
    rig_init(&r, &source_syslog);
    rig_set(&r, "max_frame", "512B");
    memset(big, 'x', sizeof big);
    start(&r, "udp://127.0.0.1:0");
    fd = dial(&r, 0, SOCK_DGRAM);
    say_n(fd, big, 512);
    say_n(fd, big, 513);
    say_n(fd, big, sizeof big);
    rig_frames(&r, 3);
    assert_false(r.got[0].cut);
    assert_true(r.got[1].cut);
    assert_true(r.got[2].cut);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(r.got[i].len, 512);
    assert_int_equal(counters(&r)->cut, 2);
    close(fd);
    rig_free(&r);
}

static bool
all_accounted(struct rig *r, size_t n)
{
    return r->count + counters(r)->lost >= n;
}

static void
test_udp_drops_are_counted(void **state)
{
    struct rig r = {0};
    char text[400];
    int fd;

    (void)state;
    rig_init(&r, &source_syslog);
    rig_set(&r, "rcvbuf", "16KiB");
    start(&r, "udp://127.0.0.1:0");
    fd = dial(&r, 0, SOCK_DGRAM);
    memset(text, 'x', sizeof text);
    for (int i = 0; i < 2000; i++) /* nobody reads meanwhile */
        say_n(fd, text, sizeof text);
    rig_until(&r, all_accounted, 2000);
    assert_int_equal(r.count + counters(&r)->lost, 2000);
    assert_true(counters(&r)->lost > 0);
    assert_true(r.count > 0);
    close(fd);
    rig_free(&r);
}

static void
test_udp_host_without_room(void **state)
{
    struct rig r = {0};
    char text[32];
    int fd;

    (void)state;
    rig_init(&r, &source_syslog);
    rig_set(&r, "split_lines", "true");
    start(&r, "udp://127.0.0.1:0");
    fd = dial(&r, 0, SOCK_DGRAM);
    r.room = 5;
    for (int i = 0; i < 100; i++) {
        int n = snprintf(text, sizeof text, "<13>%d\n<13>%d", 2 * i, 2 * i + 1);

        say_n(fd, text, (size_t)n);
    }
    while (r.count < 200) {
        rig_until(&r, rig_has_refusals, 1);
        r.refusals = 0;
        r.room = r.count < 180 ? 7 : SIZE_MAX;
        r.source->resume(r.handle);
        while (r.room != 0 && r.count < 200)
            event_base_loop(r.base, EVLOOP_ONCE);
    }
    for (size_t i = 0; i < 200; i++) {
        (void)snprintf(text, sizeof text, "<13>%zu", i);
        assert_string_equal(r.got[i].text, text);
    }
    assert_int_equal(counters(&r)->lost, 0);
    close(fd);
    rig_free(&r);
}

static void
test_ipv6_and_both(void **state)
{
    struct rig r = {0};
    struct sockaddr_in6 a = {.sin6_family = AF_INET6,
                             .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int fd4;

    (void)state;
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0) {
        print_message("[   SKIP   ] no IPv6 here\n");
        if (fd >= 0)
            close(fd);
        return;
    }
    start(&r, "udp://[::1]:0, udp://*:0 tcp://*:0");
    a.sin6_port = bound(&r, 0).sin_port;
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    say(fd, "<13>six");
    rig_frames(&r, 1);
    assert_memory_equal(r.got[0].origin, "[::1]:", 6);
    fd4 = dial(&r, 1, SOCK_DGRAM);
    say(fd4, "<13>four");
    rig_frames(&r, 2);
    assert_memory_equal(r.got[1].origin, "127.0.0.1:", 10);
    close(fd4);
    fd4 = dial(&r, 2, SOCK_STREAM);
    say(fd4, "<13>tcp\n");
    rig_frames(&r, 3);
    assert_memory_equal(r.got[2].origin, "127.0.0.1:", 10);
    close(fd4);
    close(fd);
    rig_free(&r);
}

/* ---- TCP */

static void
test_tcp_both_framings(void **state)
{
    struct rig r = {0};
    int a, b;

    (void)state;
    start(&r, "tcp://127.0.0.1:0");
    a = dial(&r, 0, SOCK_STREAM);
    say(a, "<13>one\r\n<13>two\n7 <13>abc7 <13>d\nf<13>three\n");
    rig_frames(&r, 5);
    rig_texts_are(&r, "<13>one|<13>two|<13>abc|<13>d\nf|<13>three|");
    b = dial(&r, 0, SOCK_STREAM);
    rig_until(&r, rig_has_connections, 2);
    /* Halves of frames of two connections do not mix. */
    say(a, "<13>ha");
    say(b, "10 <13>");
    say(a, "lf a");
    rig_until(&r, rig_has_connections, 2);
    say(b, "half b");
    say(a, "\n");
    rig_frames(&r, 7);
    assert_int_equal(rig_count_text(&r, "<13>half a"), 1);
    assert_int_equal(rig_count_text(&r, "<13>half b"), 1);
    close(a);
    close(b);
    rig_until(&r, rig_has_connections, 0);
    rig_free(&r);
}

static void
test_tcp_byte_by_byte(void **state)
{
    static const char text[] = "9 <13>a\nbc <13>x\n";
    struct rig r = {0};
    int fd;

    (void)state;
    start(&r, "tcp://127.0.0.1:0");
    fd = dial(&r, 0, SOCK_STREAM);
    for (size_t i = 0; i + 1 < sizeof text; i++) {
        say_n(fd, text + i, 1);
        event_base_loop(r.base, EVLOOP_ONCE);
    }
    rig_frames(&r, 2);
    rig_texts_are(&r, "<13>a\nbc |<13>x|");
    close(fd);
    rig_free(&r);
}

static void
test_tcp_end_of_stream(void **state)
{
    struct rig r = {0};
    int fd;

    (void)state;
    start(&r, "tcp://127.0.0.1:0");
    fd = dial(&r, 0, SOCK_STREAM);
    say(fd, "<13>no line end");
    close(fd);
    rig_frames(&r, 1);
    fd = dial(&r, 0, SOCK_STREAM);
    say(fd, "100 <13>half a message");
    close(fd);
    rig_frames(&r, 2);
    rig_texts_are(&r, "<13>no line end|<13>half a message|");
    assert_false(r.got[0].cut);
    assert_true(r.got[1].cut);
    rig_until(&r, rig_has_connections, 0);
    rig_free(&r);
}

static bool
is_closed(struct rig *r, size_t fd)
{
    char c;

    (void)r;
    return recv((int)fd, &c, 1, MSG_DONTWAIT) == 0;
}

static void
test_tcp_malformed_counts(void **state)
{
    static const char *const bad[] = {
        "0 x",  "00 x",   "012 x",   "99999999 x",  "-1 x",
        "+1 x", "1:x",    "<13>x\n", "12345678",    " 1 x",
        "1\tx", "0x10 x", "1",       "4294967297 x"};
    struct rig r = {0};
    size_t closed = 0;

    (void)state;
    rig_init(&r, &source_syslog);
    rig_set(&r, "framing", "octets");
    start(&r, "tcp://127.0.0.1:0");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int fd = dial(&r, 0, SOCK_STREAM);

        say(fd, "3 abc");
        rig_frames(&r, i + 1);
        if (strcmp(bad[i], "1") != 0) {
            say(fd, bad[i]);
            rig_until(&r, rig_has_refused, ++closed);
            rig_until(&r, is_closed, (size_t)fd);
            assert_non_null(strstr(r.trouble.msg, "octet count"));
            assert_memory_equal(r.trouble.where, "127.0.0.1:", 10);
        }
        close(fd);
    }
    rig_until(&r, rig_has_connections, 0);
    assert_int_equal(r.count, sizeof bad / sizeof *bad);
    assert_int_equal(r.troubles, closed);
    rig_free(&r);
}

static void
test_tcp_over_the_limit(void **state)
{
    struct rig r = {0};
    struct buf b = {0};
    int fd;

    (void)state;
    rig_init(&r, &source_syslog);
    rig_set(&r, "max_frame", "1KiB");
    start(&r, "tcp://127.0.0.1:0");
    fd = dial(&r, 0, SOCK_STREAM);
    for (int i = 0; i < 50000; i++)
        buf_char(&b, 'x');
    buf_str(&b, "\n9 <13>short");
    say_n(fd, b.data, b.len);
    rig_frames(&r, 2);
    assert_true(r.got[0].cut);
    assert_int_equal(r.got[0].len, 1024);
    assert_string_equal(r.got[1].text, "<13>short");
    buf_free(&b);
    close(fd);
    rig_free(&r);
}

static void
test_tcp_connection_limits(void **state)
{
    struct rig r = {0};
    struct sockaddr_in other = {.sin_family = AF_INET};
    struct sockaddr_in to;
    int fd[4];

    (void)state;
    rig_init(&r, &source_syslog);
    rig_set(&r, "max_connections", "3");
    rig_set(&r, "max_per_peer", "2");
    start(&r, "tcp://127.0.0.1:0");
    fd[0] = dial(&r, 0, SOCK_STREAM);
    fd[1] = dial(&r, 0, SOCK_STREAM);
    rig_until(&r, rig_has_connections, 2);
    fd[2] = dial(&r, 0, SOCK_STREAM);
    rig_until(&r, rig_has_refused, 1);
    rig_until(&r, is_closed, (size_t)fd[2]);
    close(fd[2]);
    assert_non_null(strstr(r.trouble.msg, "max_per_peer"));
    /* Another address of the loopback network is another peer. */
    to = bound(&r, 0);
    other.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    for (int i = 2; i < 4; i++) {
        fd[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(fd[i], (struct sockaddr *)&other, sizeof other),
                         0);
        assert_int_equal(connect(fd[i], (struct sockaddr *)&to, sizeof to), 0);
    }
    rig_until(&r, rig_has_refused, 2);
    assert_non_null(strstr(r.trouble.msg, "max_connections"));
    assert_true(rig_has_connections(&r, 3));
    say(fd[0], "<13>still served\n");
    rig_frames(&r, 1);
    close(fd[0]);
    rig_until(&r, rig_has_connections, 2);
    for (int i = 1; i < 4; i++)
        close(fd[i]);
    rig_until(&r, rig_has_connections, 0);
    rig_free(&r);
}

static void
test_tcp_idle(void **state)
{
    struct rig r = {0};
    int fd;

    (void)state;
    rig_init(&r, &source_syslog);
    rig_set(&r, "idle", "50ms");
    start(&r, "tcp://127.0.0.1:0");
    fd = dial(&r, 0, SOCK_STREAM);
    say(fd, "<13>half");
    rig_until(&r, is_closed, (size_t)fd);
    rig_texts_are(&r, "<13>half|");
    rig_until(&r, rig_has_connections, 0);
    close(fd);
    rig_free(&r);
}

static void
test_tcp_reset(void **state)
{
    struct rig r = {0};
    struct linger l = {.l_onoff = 1};
    int fd;

    (void)state;
    start(&r, "tcp://127.0.0.1:0");
    fd = dial(&r, 0, SOCK_STREAM);
    say(fd, "<13>one\n<13>half");
    rig_frames(&r, 1);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l), 0);
    close(fd);
    rig_until(&r, rig_has_connections, 0);
    rig_texts_are(&r, "<13>one|<13>half|");
    rig_free(&r);
}

#define MANY 200

static void
test_tcp_many_connections(void **state)
{
    struct rig r = {0};
    int fd[MANY];
    char text[64];

    (void)state;
    rig_init(&r, &source_syslog);
    rig_set(&r, "max_per_peer", "300");
    start(&r, "tcp://127.0.0.1:0");
    for (int i = 0; i < MANY; i++) {
        fd[i] = dial(&r, 0, SOCK_STREAM);
        event_base_loop(r.base, EVLOOP_ONCE);
    }
    rig_until(&r, rig_has_connections, MANY);
    for (int round = 0; round < 5; round++)
        for (int i = 0; i < MANY; i++) {
            int n = snprintf(text, sizeof text, "<13>%d.%d\n<13>%d", i, round,
                             i); /* and half of the next one */

            say_n(fd[i], text, (size_t)n);
            if (round == 4)
                close(fd[i]);
            else
                say(fd[i], " next\n");
        }
    rig_frames(&r, (size_t)MANY * 10);
    for (int i = 0; i < MANY; i++)
        for (int round = 0; round < 5; round++) {
            (void)snprintf(text, sizeof text, "<13>%d.%d", i, round);
            assert_int_equal(rig_count_text(&r, text), 1);
        }
    rig_until(&r, rig_has_connections, 0);
    rig_free(&r);
}

static void
test_tcp_host_without_room(void **state)
{
    struct rig r = {0};
    struct buf b = {0};
    size_t sent[2] = {0}, next[2] = {0};
    int fd[2];

    (void)state;
    start(&r, "tcp://127.0.0.1:0");
    for (int i = 0; i < 2; i++)
        fd[i] = dial(&r, 0, SOCK_STREAM);
    for (int i = 0; i < 20000; i++)
        buf_printf(&b, "<13>%05d %0100d\n", i, 7); /* more than the windows */
    r.room = 0;
    while (r.count < 40000) {
        for (int i = 0; i < 2; i++) {
            ssize_t n = send(fd[i], b.data + sent[i], b.len - sent[i],
                             MSG_DONTWAIT | MSG_NOSIGNAL);

            if (n > 0)
                sent[i] += (size_t)n;
            if (sent[i] == b.len && fd[i] >= 0 && n > 0)
                shutdown(fd[i], SHUT_WR);
        }
        event_base_loop(r.base, EVLOOP_ONCE);
        if (r.refusals > 0) {
            r.refusals = 0;
            r.room = 3333;
            r.source->resume(r.handle);
        }
    }
    for (size_t i = 0; i < r.count; i++) {
        /* Which connection it was the origin tells. */
        size_t c = strcmp(r.got[i].origin, r.got[0].origin) != 0;

        assert_int_equal(strtoul(r.got[i].text + 4, NULL, 10), next[c]++);
    }
    rig_until(&r, rig_has_connections, 0);
    for (int i = 0; i < 2; i++)
        close(fd[i]);
    buf_free(&b);
    rig_free(&r);
}

static void
test_tcp_out_of_descriptors(void **state)
{
    struct rig r = {0};
    struct rlimit old, now;
    int fd;

    (void)state;
    start(&r, "tcp://127.0.0.1:0");
    fd = dial(&r, 0, SOCK_STREAM);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    now = old;
    now.rlim_cur = (rlim_t)fd; /* not one more */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
    rig_until(&r, rig_has_troubles, 1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_non_null(strstr(r.trouble.msg, "descriptors"));
    say(fd, "<13>served later\n");
    rig_frames(&r, 1);
    close(fd);
    rig_free(&r);
}

static void
test_stop_keeps_quiet(void **state)
{
    struct rig r = {0};
    int fd, udp;

    (void)state;
    start(&r, "tcp://127.0.0.1:0 udp://127.0.0.1:0");
    fd = dial(&r, 0, SOCK_STREAM);
    udp = dial(&r, 1, SOCK_DGRAM);
    say(fd, "<13>one\n");
    rig_frames(&r, 1);
    r.source->stop(r.handle);
    say(fd, "<13>two\n");
    say(udp, "<13>three");
    r.source->resume(r.handle);
    for (int i = 0; i < 20; i++)
        event_base_loop(r.base, EVLOOP_ONCE);
    assert_int_equal(r.count, 1);
    close(fd);
    close(udp);
    rig_free(&r);
}

/* ---- options */

static void
test_bad_addresses(void **state)
{
    static const char *const bad[] = {
        "127.0.0.1:0",       "udp://",
        "udp://127.0.0.1",   "udp://127.0.0.1:",
        "udp://:514",        "udp://127.0.0.1:70000",
        "udp://localhost:0", "udp://::1:0",
        "udp://[::1:0",      "udp://[127.0.0.1]:0",
        "tls://[::1]:0",     "udp://1.2.3.4.5:0",
        "udp://256.0.0.1:0", ",",
        "tcp://192.0.2.1:0", "tcp://127.0.0.1:0 udp://x:0"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct rig r = {0};
        struct err err = {0};

        rig_init(&r, &source_syslog);
        rig_set(&r, "listen", bad[i]);
        if (rig_try_open(&r, NONE, &err) == ERR_OK || err.msg[0] == '\0')
            fail_msg("%s: accepted, or refused without a word", bad[i]);
        rig_free(&r);
    }
}

static void
test_address_in_use(void **state)
{
    struct rig a = {0}, b = {0};
    struct err err = {0};
    char listen[64];

    (void)state;
    start(&a, "tcp://127.0.0.1:0");
    (void)snprintf(listen, sizeof listen, "tcp://127.0.0.1:%u",
                   ntohs(bound(&a, 0).sin_port));
    rig_init(&b, &source_syslog);
    rig_set(&b, "listen", listen);
    assert_int_not_equal(rig_try_open(&b, NONE, &err), ERR_OK);
    assert_non_null(strstr(err.msg, "in use"));
    rig_free(&b);
    rig_free(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_udp),
        cmocka_unit_test(test_udp_lines_in_a_datagram),
        cmocka_unit_test(test_udp_over_the_limit),
        cmocka_unit_test(test_udp_drops_are_counted),
        cmocka_unit_test(test_udp_host_without_room),
        cmocka_unit_test(test_ipv6_and_both),
        cmocka_unit_test(test_tcp_both_framings),
        cmocka_unit_test(test_tcp_byte_by_byte),
        cmocka_unit_test(test_tcp_end_of_stream),
        cmocka_unit_test(test_tcp_malformed_counts),
        cmocka_unit_test(test_tcp_over_the_limit),
        cmocka_unit_test(test_tcp_connection_limits),
        cmocka_unit_test(test_tcp_idle),
        cmocka_unit_test(test_tcp_reset),
        cmocka_unit_test(test_tcp_many_connections),
        cmocka_unit_test(test_tcp_host_without_room),
        cmocka_unit_test(test_tcp_out_of_descriptors),
        cmocka_unit_test(test_stop_keeps_quiet),
        cmocka_unit_test(test_bad_addresses),
        cmocka_unit_test(test_address_in_use),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
