/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "formats/mapping/address.h"
#include "formats/mapping/form.h"

static const struct {
    enum std_format format;
    bool prefix;
    const char *text;
    const char *want; /* NULL: refused */
} cases[] = {
    {STD_FORMAT_IP, false, "192.168.1.43", "192.168.1.43"},
    {STD_FORMAT_IP, false, "0.0.0.0", "0.0.0.0"},
    {STD_FORMAT_IP, false, "255.255.255.255", "255.255.255.255"},
    {STD_FORMAT_IP, false, "256.1.1.1", NULL},
    {STD_FORMAT_IP, false, "1.1.1", NULL},
    {STD_FORMAT_IP, false, "1.1.1.1.1", NULL},
    {STD_FORMAT_IP, false, "1.1.1.1 ", NULL},
    {STD_FORMAT_IP, false, "01.1.1.1", NULL},
    {STD_FORMAT_IP, false, "1..1.1", NULL},
    {STD_FORMAT_IP, false, "", NULL},
    {STD_FORMAT_IP, false, "host", NULL},
    {STD_FORMAT_IP, false, "10.0.0.0/8", NULL},
    {STD_FORMAT_IP, true, "10.0.0.0/8", "10.0.0.0/8"},
    {STD_FORMAT_IP, true, "10.0.0.0/33", NULL},
    {STD_FORMAT_IP, true, "10.0.0.0/", NULL},
    {STD_FORMAT_IP, true, "10.0.0.0/08", NULL},
    {STD_FORMAT_IP, true, "10.0.0.0/0", "10.0.0.0/0"},
    {STD_FORMAT_IPV4, false, "::1", NULL},
    {STD_FORMAT_IPV6, false, "1.2.3.4", NULL},
    {STD_FORMAT_IP, false, "::", "::"},
    {STD_FORMAT_IP, false, "::1", "::1"},
    {STD_FORMAT_IP, false, "1::", "1::"},
    {STD_FORMAT_IP, false, "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
     "2001:db8:85a3::8a2e:370:7334"},
    {STD_FORMAT_IP, false, "FE80::ABCD", "fe80::abcd"},
    {STD_FORMAT_IP, false, "1:0:0:2:0:0:0:3", "1:0:0:2::3"},
    {STD_FORMAT_IP, false, "1:0:0:2:3:0:0:4", "1::2:3:0:0:4"},
    {STD_FORMAT_IP, false, "1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"},
    {STD_FORMAT_IP, false, "1::2:3:4:5:6:7", "1:0:2:3:4:5:6:7"},
    {STD_FORMAT_IP, false, "::ffff:10.1.2.3", "::ffff:10.1.2.3"},
    {STD_FORMAT_IP, false, "::ffff:0a01:0203", "::ffff:10.1.2.3"},
    {STD_FORMAT_IP, false, "64:ff9b::1.2.3.4", "64:ff9b::102:304"},
    {STD_FORMAT_IPV6, true, "2001:DB8::/32", "2001:db8::/32"},
    {STD_FORMAT_IPV6, true, "2001:DB8::/129", NULL},
    {STD_FORMAT_IP, false, ":::", NULL},
    {STD_FORMAT_IP, false, "1:2:3:4:5:6:7", NULL},
    {STD_FORMAT_IP, false, "1:2:3:4:5:6:7:8:9", NULL},
    {STD_FORMAT_IP, false, "1:2:3:4:5:6:7::8", NULL},
    {STD_FORMAT_IP, false, "1::2::3", NULL},
    {STD_FORMAT_IP, false, "12345::", NULL},
    {STD_FORMAT_IP, false, "1:2:3:4:5:6:7:", NULL},
    {STD_FORMAT_IP, false, ":1:2:3:4:5:6:7", NULL},
    {STD_FORMAT_IP, false, "1.2.3.4::", NULL},
    {STD_FORMAT_IP, false, "fe80::1%eth0", NULL},
    {STD_FORMAT_MAC, false, "00:30:DE:40:D0:8D", "00:30:de:40:d0:8d"},
    {STD_FORMAT_MAC, false, "00-10-F3-01-02-03", "00:10:f3:01:02:03"},
    {STD_FORMAT_MAC, false, "0835-71a0-9b6f", "08:35:71:a0:9b:6f"},
    {STD_FORMAT_MAC, false, "0016.31e1.bcc4", "00:16:31:e1:bc:c4"},
    {STD_FORMAT_MAC, false, "94c691583e3a", "94:c6:91:58:3e:3a"},
    {STD_FORMAT_MAC, false, "0:90:b:12:68:75", "00:90:0b:12:68:75"},
    {STD_FORMAT_MAC, false, "00:30:DE:40:D0", NULL},
    {STD_FORMAT_MAC, false, "00:30:DE:40:D0:8D:11", NULL},
    {STD_FORMAT_MAC, false, "00:30:DE:40:D0:8G", NULL},
    {STD_FORMAT_MAC, false, "00:30:DE:40:D0:8D#012", NULL},
    {STD_FORMAT_MAC, false, "123:456:789:abc", NULL},
    {STD_FORMAT_MAC, false, "", NULL},
    {STD_FORMAT_MAC, false, ":::::", NULL},
};

static void
test_cases(void **state)
{
    struct buf out = {0};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool good;

        buf_reset(&out);
        good = address_put(&out, cases[i].format, cases[i].prefix,
                           bytes_str(cases[i].text));
        if (good != (cases[i].want != NULL) ||
            (good && !bytes_is(buf_view(&out), cases[i].want))) {
            print_error("%s: %s\n", cases[i].text,
                        good ? buf_cstr(&out) : "refused");
            fail();
        }
    }
    buf_free(&out);
}

static const struct {
    enum std_format format;
    const char *text;
    bool fits;
} forms[] = {
    {STD_FORMAT_HEX, "09afAF", true},
    {STD_FORMAT_HEX, "09a", false},
    {STD_FORMAT_HEX, "0g", false},
    {STD_FORMAT_HEX, "", false},
    {STD_FORMAT_BASE64, "", true},
    {STD_FORMAT_BASE64, "aGk=", true},
    {STD_FORMAT_BASE64, "aGkh", true},
    {STD_FORMAT_BASE64, "aA==", true},
    {STD_FORMAT_BASE64, "aB==", false}, /* left-over bits */
    {STD_FORMAT_BASE64, "aGl=", false},
    {STD_FORMAT_BASE64, "aGk", false},
    {STD_FORMAT_BASE64, "aG-=", false},
    {STD_FORMAT_BASE64, "=aGk", false},
    {STD_FORMAT_BASE64, "a===", false},
    {STD_FORMAT_BASE64, "====", false},
    {STD_FORMAT_HOSTNAME, "www.example.com", true},
    {STD_FORMAT_HOSTNAME, "pc-17", true},
    {STD_FORMAT_HOSTNAME, "1.2.3.4", true},
    {STD_FORMAT_HOSTNAME, "-a", false},
    {STD_FORMAT_HOSTNAME, "a-", false},
    {STD_FORMAT_HOSTNAME, "a..b", false},
    {STD_FORMAT_HOSTNAME, "a.", false},
    {STD_FORMAT_HOSTNAME, "a_b", false},
    {STD_FORMAT_HOSTNAME, "中文", false},
    {STD_FORMAT_HOSTNAME,
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
    {STD_FORMAT_URI, "http://a/b?c=%20", true},
    {STD_FORMAT_URI, "/path", true},
    {STD_FORMAT_URI, "urn:x", true},
    {STD_FORMAT_URI, "path", false},
    {STD_FORMAT_URI, ":x", false},
    {STD_FORMAT_URI, "1a:x", false},
    {STD_FORMAT_URI, "/a b", false},
    {STD_FORMAT_URI, "/a%2", false},
    {STD_FORMAT_URI, "/a%zz", false},
    {STD_FORMAT_URI, "/<x>", false},
    {STD_FORMAT_UUID, "00112233-4455-6677-8899-aAbBcCdDeEfF", true},
    {STD_FORMAT_UUID, "00112233-4455-6677-8899-aabbccddeef", false},
    {STD_FORMAT_UUID, "00112233a4455-6677-8899-aabbccddeeff", false},
    {STD_FORMAT_NONE, "anything", true},
};

static void
test_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (form_fits(forms[i].format, bytes_str(forms[i].text)) !=
            forms[i].fits) {
            print_error("%s\n", forms[i].text);
            fail();
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases),
                                       cmocka_unit_test(test_forms)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
