/* What the phone's log says of all this, in its own words: lines of share/lines (srv.*). */
#include "flow/select/inside.h"

void select_tell_start(struct select *s, usec_t now)
{
    (void)s;
    (void)now;
}

void select_tell_lookup(struct select *s, struct str name, bool srv, usec_t now)
{
    (void)s;
    (void)name;
    (void)srv;
    (void)now;
}

void select_tell_groups(struct select *s, struct str owner, unsigned from, usec_t now)
{
    (void)s;
    (void)owner;
    (void)from;
    (void)now;
}

void select_tell_refreshing(struct select *s, const struct host *h, usec_t now)
{
    (void)s;
    (void)h;
    (void)now;
}

void select_tell_refreshed(struct select *s, const struct host *h, usec_t now)
{
    (void)s;
    (void)h;
    (void)now;
}
