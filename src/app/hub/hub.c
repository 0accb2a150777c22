/* The hub's thread. Nothing answers yet. */
#include "app/hub/hub.h"
#include <stdlib.h>
static struct hub *the;
struct hub {
    struct loop *owner;
    void (*ready)(void *);
    struct loop_letter l;
    void (*done)(void *);
};
void hub_order_done(struct hub_order *o)
{
    (void)o;
}
bool hub_tell(struct hub *h, const struct journal_row *row)
{
    (void)h;
    (void)row;
    return true;
}
enum err hub_new(const struct hub_cfg *cfg, struct hub **ret, char ret_why[HUB_WHY])
{
    (void)cfg;
    (void)ret_why;
    *ret = calloc(1, sizeof **ret);
    return ERR_OK;
}
enum err hub_each_account(struct hub *h, enum err (*each)(void *ctx, const struct account_row *row),
                          void *ctx)
{
    (void)h;
    (void)each;
    (void)ctx;
    return ERR_OK;
}
static void on_ready(struct loop_letter *l, void *ctx)
{
    (void)l;
    the->ready(ctx);
}
enum err hub_start(struct hub *h, struct loop *owner, void (*ready)(void *owner_ctx))
{
    the = h;
    h->ready = ready;
    h->owner = owner;
    h->l.open = on_ready;
    loop_post(owner, &h->l);
    return ERR_OK;
}
static void on_done(struct loop_letter *l, void *ctx)
{
    (void)l;
    the->done(ctx);
}
void hub_quiet(struct hub *h, unsigned seconds, void (*done)(void *owner_ctx))
{
    (void)seconds;
    the = h;
    h->done = done;
    h->l.open = on_done;
    loop_post(h->owner, &h->l);
}
void hub_join(struct hub *h)
{
    free(h);
}
struct hub_counts hub_counts(const struct hub *h)
{
    (void)h;
    return (struct hub_counts){0};
}
static void on_ask(struct loop_letter *l, void *ctx)
{
    struct hub_ask *a = (struct hub_ask *)(void *)l;
    a->answered(a, ctx);
}
void hub_ask(struct hub *h, struct hub_ask *a)
{
    (void)h;
    a->ret = NULL;
    a->letter.open = on_ask;
    loop_post(a->back, &a->letter);
}
const char *hub_incoming(const struct hub *h)
{
    (void)h;
    return "/nonexistent";
}
bool hub_upload(struct hub *h, const struct hub_upload *u)
{
    (void)h;
    (void)u;
    return false;
}
bool hub_config_report(struct hub *h, struct mac mac, bool proven, struct str xml,
                       struct str source)
{
    (void)h;
    (void)mac;
    (void)proven;
    (void)xml;
    (void)source;
    return false;
}
