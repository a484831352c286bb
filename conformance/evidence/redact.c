/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/evidence/redact.h"

#define NAME_MAX_BYTES 64  /* of a name that is looked at */
#define USER_MAX_BYTES 256 /* of user:password in a URL */
#define CREDENTIAL_MIN 8   /* of what follows Bearer or Basic */

struct scan {
    const struct redact_known *known;
    struct bytes in;
    struct buf *out;
    size_t at; /* next byte to look at */
    size_t count;
    bool in_place; /* lengths stay */
};

/* A finder looks at ${s}->at and, when a secret begins there or behind what
 * stands there, copies up to it, replaces it, moves ${s}->at behind it and
 * returns true. It never moves back and looks ahead only as far as it moves or
 * as a limit above says. */
typedef bool (*find_fn)(struct scan *s);

bool
redact_name(struct bytes name)
{
    static const char *const parts[] = {
        "password", "passwd",     "passphrase", "secret",     "token",
        "apikey",   "accesskey",  "privatekey", "credential", "authorization",
        "cookie",   "signingkey", "sessionid",  "密码",       "口令"};
    static const char *const whole[] = {"pwd", "pass", "psk", "jwt", "auth"};
    char flat[NAME_MAX_BYTES + 1];
    size_t n = 0;

    if (name.len > NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];

        if (c == '-' || c == '_' || c == ' ' || c == '\0')
            continue;
        flat[n++] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    flat[n] = '\0';
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (strstr(flat, parts[i]) != NULL)
            return true;
    }
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        if (strcmp(flat, whole[i]) == 0)
            return true;
    }
    return false;
}

static char
byte_at(const struct scan *s, size_t i)
{
    return i < s->in.len ? s->in.data[i] : '\0';
}

static bool
one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static bool
is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9');
}

static size_t
known_at(const struct scan *s, size_t i)
{
    struct bytes rest = bytes_from(s->in, i);

    for (size_t k = 0; s->known != NULL && k < s->known->count; k++) {
        struct bytes secret = s->known->secret[k];

        if (secret.len >= REDACT_KNOWN_MIN && bytes_starts(rest, secret))
            return secret.len;
    }
    return 0;
}

/* What stands for a secret of ${n} bytes. */
static void
mark(struct scan *s, size_t n)
{
    if (!s->in_place)
        buf_str(s->out, REDACT_MARK);
    for (; s->in_place && n > 0; n--)
        buf_char(s->out, 'x');
    s->count++;
}

/* Copy what no finder will look at again; the known secrets go there too. */
static void
copy_upto(struct scan *s, size_t to)
{
    while (s->at < to) {
        size_t n = known_at(s, s->at);

        if (n > 0) {
            mark(s, n);
            s->at += n;
        } else {
            buf_char(s->out, s->in.data[s->at++]);
        }
    }
}

/* Copy up to ${from}, mark, go on behind ${to}; an empty value is none. */
static bool
replace(struct scan *s, size_t from, size_t to)
{
    if (to <= from)
        return false;
    copy_upto(s, from);
    if (s->at < to) {
        mark(s, to - s->at);
        s->at = to;
    }
    return true;
}

static bool
find_known(struct scan *s)
{
    return replace(s, s->at, s->at + known_at(s, s->at));
}

/* ---- header lines */

static size_t
line_end(const struct scan *s, size_t i)
{
    while (i < s->in.len && !one_of(s->in.data[i], "\r\n"))
        i++;
    return i;
}

/* The end of a header's value: folded lines belong to it (RFC 9112 5.2). */
static size_t
value_end(const struct scan *s, size_t i)
{
    for (;;) {
        size_t end = line_end(s, i), next = end;

        next += byte_at(s, next) == '\r';
        next += byte_at(s, next) == '\n';
        if (next == end || !one_of(byte_at(s, next), " \t"))
            return end;
        i = next;
    }
}

/* "Bearer xyz": the scheme is no secret, when something follows it. */
static size_t
behind_scheme(const struct scan *s, size_t i, size_t end)
{
    size_t j = i;

    while (j < end && is_alnum(s->in.data[j]))
        j++;
    if (j == i || j == end || s->in.data[j] != ' ')
        return i;
    while (j < end && s->in.data[j] == ' ')
        j++;
    return j < end ? j : i;
}

static bool
find_header(struct scan *s)
{
    size_t i = s->at, end;
    struct bytes name;

    if (s->at > 0 && !one_of(s->in.data[s->at - 1], "\r\n"))
        return false;
    while (i - s->at <= NAME_MAX_BYTES &&
           (is_alnum(byte_at(s, i)) || one_of(byte_at(s, i), "-_")))
        i++;
    name = bytes_upto(bytes_from(s->in, s->at), i - s->at);
    if (name.len == 0 || byte_at(s, i) != ':' || !redact_name(name))
        return false;
    i++;
    while (one_of(byte_at(s, i), " \t"))
        i++;
    end = value_end(s, i);
    if (bytes_find(name, 'u') < name.len) /* ...Authorization, X-Auth-... */
        i = behind_scheme(s, i, end);
    return replace(s, i, end);
}

/* ---- JSON members */

/* ${i} behind the quote that ends a text begun before ${i}, in which quotes are
 * written with ${depth} backslashes (JSON inside JSON); the end when there is
 * none. */
static size_t
text_end(const struct scan *s, size_t i, size_t depth, size_t limit)
{
    size_t slashes = 0;

    for (; i < s->in.len && i < limit; i++) {
        char c = s->in.data[i];

        if (c == '"' && slashes <= depth)
            return i - slashes;
        slashes = c == '\\' ? slashes + 1 : 0;
    }
    return i;
}

/* The end of a value that is no text: a scalar, or a whole object or array. */
static size_t
other_end(const struct scan *s, size_t i)
{
    size_t open = 0;
    bool text = false;

    for (; i < s->in.len; i++) {
        char c = s->in.data[i];

        if (c == '"' && (i == 0 || s->in.data[i - 1] != '\\'))
            text = !text;
        if (text)
            continue;
        if (one_of(c, "{["))
            open++;
        else if (open == 0 && one_of(c, ",}] \t\r\n"))
            return i;
        else if (one_of(c, "}]") && --open == 0)
            return i + 1;
    }
    return i;
}

static size_t
skip_space(const struct scan *s, size_t i)
{
    while (one_of(byte_at(s, i), " \t\r\n"))
        i++;
    return i;
}

/* A number, object or array in place: it stays JSON of its form. Digits become 1,
 * texts 'x'; names, and what is no secret, stay. */
static bool
replace_inside(struct scan *s, size_t from, size_t to)
{
    copy_upto(s, from);
    while (s->at < to) {
        char c = s->in.data[s->at++];
        size_t end;

        buf_char(s->out, c >= '0' && c <= '9' ? '1' : c);
        if (c != '"')
            continue;
        end = text_end(s, s->at, 0, to);
        if (byte_at(s, skip_space(s, end + 1)) == ':')
            copy_upto(s, end);
        for (; s->at < end; s->at++)
            buf_char(s->out, 'x');
        if (s->at < to)
            buf_char(s->out, s->in.data[s->at++]);
    }
    s->count++;
    return true;
}

static bool
find_member(struct scan *s)
{
    size_t depth = 0, i = s->at, end;
    struct bytes name;

    while (byte_at(s, i) == '\\' && depth < 7) {
        i++;
        depth++;
    }
    if (byte_at(s, i) != '"')
        return false;
    i++;
    end = text_end(s, i, depth, i + NAME_MAX_BYTES + 8);
    name = bytes_upto(bytes_from(s->in, i), end - i);
    i = end + depth;
    if (byte_at(s, i) != '"' || !redact_name(name))
        return false;
    i = skip_space(s, i + 1);
    if (byte_at(s, i) != ':')
        return false;
    i = skip_space(s, i + 1);
    if (byte_at(s, i + depth) != '"') {
        end = other_end(s, i);
        if (end <= i ||
            bytes_is(bytes_upto(bytes_from(s->in, i), end - i), "null"))
            return false;
        if (s->in_place)
            return replace_inside(s, i, end);
        copy_upto(s, i);
        buf_bytes(s->out, bytes_of("\\\\\\\\\\\\\\", depth));
        buf_char(s->out, '"');
        (void)replace(s, s->at, end);
        buf_bytes(s->out, bytes_of("\\\\\\\\\\\\\\", depth));
        buf_char(s->out, '"');
        return true;
    }
    i += depth + 1;
    return replace(s, i, text_end(s, i, depth, s->in.len));
}

/* ---- parameters: name=value in a query, a form, a cookie, a command line */

static bool
find_parameter(struct scan *s)
{
    size_t i = s->at, end;
    struct bytes name;

    if (s->at > 0 && !one_of(s->in.data[s->at - 1], "?&;, \t\r\n\"'"))
        return false;
    while (i - s->at <= NAME_MAX_BYTES &&
           (is_alnum(byte_at(s, i)) || one_of(byte_at(s, i), "-_.")))
        i++;
    name = bytes_upto(bytes_from(s->in, s->at), i - s->at);
    if (name.len == 0 || byte_at(s, i) != '=')
        return false;
    if (!redact_name(name) &&
        !(s->at > 0 && one_of(s->in.data[s->at - 1], "?&") &&
          (bytes_is(name, "key") || bytes_is(name, "sig"))))
        return false;
    end = ++i;
    while (end < s->in.len && !one_of(s->in.data[end], "&; \t\r\n\"'\\#<>"))
        end++;
    return replace(s, i, end);
}

/* scheme://user:password@host */
static bool
find_user(struct scan *s)
{
    size_t i = s->at + 3, from = i;

    if (!bytes_starts(bytes_from(s->in, s->at), BYTES("://")))
        return false;
    while (i < s->in.len && i - from < USER_MAX_BYTES &&
           !one_of(s->in.data[i], "/?# \t\r\n\"'@"))
        i++;
    return byte_at(s, i) == '@' && replace(s, from, i);
}

/* ---- credentials by their shape */

static bool
is_token68(char c)
{
    return is_alnum(c) || one_of(c, "-._~+/=");
}

static bool
find_credential(struct scan *s)
{
    static const char *const schemes[] = {"Bearer ", "bearer ", "Basic ",
                                          "basic "};
    struct bytes rest = bytes_from(s->in, s->at);

    if (s->at > 0 && is_alnum(s->in.data[s->at - 1]))
        return false;
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t from = s->at + strlen(schemes[i]), end = from;

        if (!bytes_starts(rest, bytes_str(schemes[i])))
            continue;
        while (is_token68(byte_at(s, end)))
            end++;
        return end - from >= CREDENTIAL_MIN && replace(s, from, end);
    }
    return false;
}

/* header.payload.signature, each base64url; a header begins with {" */
static bool
find_jwt(struct scan *s)
{
    size_t i = s->at, dots = 0;

    if (!bytes_starts(bytes_from(s->in, s->at), BYTES("eyJ")) ||
        (s->at > 0 && is_alnum(s->in.data[s->at - 1])))
        return false;
    for (; is_alnum(byte_at(s, i)) || one_of(byte_at(s, i), "-_."); i++)
        dots += s->in.data[i] == '.';
    if (dots >= 2)
        return replace(s, s->at, i);
    copy_upto(s, i); /* looked at already */
    return true;
}

static bool
find_pem(struct scan *s)
{
    static const char begin[] = "-----BEGIN ", end[] = "-----END ";
    struct bytes rest = bytes_from(s->in, s->at), label;
    size_t from, i;

    if (!bytes_starts(rest, bytes_str(begin)))
        return false;
    rest = bytes_from(rest, sizeof begin - 1);
    label = bytes_upto(rest, NAME_MAX_BYTES);
    label = bytes_upto(label, bytes_find(label, '-'));
    if (label.len < 11 ||
        !bytes_is(bytes_from(label, label.len - 11), "PRIVATE KEY"))
        return false;
    from = s->at + sizeof begin - 1 + label.len;
    while (byte_at(s, from) == '-')
        from++;
    for (i = from; i < s->in.len; i++) {
        if (s->in.data[i] == '-' &&
            bytes_starts(bytes_from(s->in, i), bytes_str(end)))
            break;
    }
    return replace(s, from, i);
}

/* Which byte a finder can begin with, so that most bytes are copied at once.
 * NULL: any. */
static const struct {
    const char *first;
    find_fn find;
} finders[] = {
    {NULL, find_known},     {NULL, find_header}, {"\"\\", find_member},
    {NULL, find_parameter}, {":", find_user},    {"BbA", find_credential},
    {"e", find_jwt},        {"-", find_pem},
};

static size_t
scan(const struct redact_known *known, struct bytes in, bool in_place,
     struct buf *out)
{
    struct scan s = {
        .known = known, .in = in, .out = out, .in_place = in_place};

    while (s.at < in.len) {
        bool found = false;

        for (size_t i = 0; i < sizeof finders / sizeof finders[0] && !found;
             i++) {
            if (finders[i].first == NULL ||
                one_of(in.data[s.at], finders[i].first))
                found = finders[i].find(&s);
        }
        if (!found)
            buf_char(out, in.data[s.at++]);
    }
    return s.count;
}

size_t
redact(const struct redact_known *known, struct bytes in, struct buf *out)
{
    return scan(known, in, false, out);
}

size_t
redact_in_place(const struct redact_known *known, struct bytes in,
                struct buf *out)
{
    return scan(known, in, true, out);
}
