/* SPDX-License-Identifier: Apache-2.0 */
/* What a family may ask of the bench behind its session. */
#include "conformance/steps/session_in.h"

const char *
session_ixit(const struct session *s, const char *name)
{
    return bench_ixit(s->b, name);
}

const char *
session_token(const struct session *s)
{
    return s->b->token;
}

const char *
session_scheme(const struct session *s)
{
    return bench_scheme(s->b);
}

bool
session_has(const struct session *s, const char *name)
{
    return bench_has(s->b, name);
}

bool
session_declared(const struct session *s)
{
    return s->b->run->ics != NULL;
}

bool
session_other_port(struct session *s)
{
    if (s->b->o.exec == NULL || s->product.pid != 0)
        return false;
    s->port = bench_port(s->b);
    return s->port != 0;
}
