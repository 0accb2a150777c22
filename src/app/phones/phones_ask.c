/* From a request to its answer: at once where the phone is remembered, else when the hub has told of it. */
#include <stdlib.h>

#include "app/phones/inside.h"
#include "app/phones/squeeze.h"
#include "flow/activate/activate.h"

enum { WAITING_MOST = 4096 };

/* -- answers that leave later */

static void queue(struct phones *p, const struct waiter *w, usec_t delay)
{
    struct waiter *late = malloc(sizeof *late);
    if (!late) {
        return; /* the client hears nothing, as if it had been lost */
    }
    *late = *w;
    late->next = NULL;
    late->due = loop_now(p->cfg.loop) + delay;
    *p->late_end = late;
    p->late_end = &late->next;
}

static void reply(struct phones *p, const struct waiter *w, struct web_exchange *x,
                  const struct prov_device *d)
{
    if (w->tftp) {
        phones_reply_tftp(p, w->transfer, &w->kase, d);
    } else if (x) {
        phones_reply_web(p, x, &w->kase, d);
    }
}

void phones_late(struct phones *p)
{
    usec_t now = loop_now(p->cfg.loop);
    while (p->late && p->late->due <= now) {
        struct waiter *w = p->late;
        p->late = w->next;
        p->late_end = p->late ? p->late_end : &p->late;
        reply(p, w, w->tftp ? NULL : web_find(p->web, w->web), NULL);
        free(w);
    }
}

usec_t phones_late_deadline(const struct phones *p)
{
    return p->late ? p->late->due : USEC_NONE;
}

/* -- deciding */

static void decide(struct phones *p, struct waiter *w, const struct provision_request *q,
                   struct web_exchange *x, const struct prov_device *d)
{
    usec_t date = loop_date(p->cfg.loop);
    if (w->activation) {
        activate_answer(p->policy, q, &w->kase, d, date);
    } else {
        provision_answer(p->policy, q, &w->kase, d, date);
    }
    if (w->kase.reply.delay) {
        queue(p, w, w->kase.reply.delay);
    } else {
        reply(p, w, x, d);
    }
    phones_tell(p);
}

/* -- asking the hub */

static struct asking *find(struct phones *p, const struct prov_question *q)
{
    struct asking *a = q->code[0] ? NULL : p->asking;
    while (a && (a->ask.q.code[0] || !mac_eq(a->ask.q.mac, q->mac))) {
        a = a->next;
    }
    return a;
}

static void unlink_asking(struct phones *p, const struct asking *a)
{
    struct asking **at = &p->asking;
    while (*at != a) {
        at = &(*at)->next;
    }
    *at = a->next;
}

/* The request as it was; false: whoever asked is gone. */
static bool recall(struct phones *p, const struct waiter *w, struct web_exchange **ret_x,
                   struct provision_request *ret_q)
{
    *ret_x = w->tftp ? NULL : web_find(p->web, w->web);
    if (w->tftp) {
        *ret_q = (struct provision_request){
            .way = PROVISION_TFTP, .peer = w->peer, .path = str_z(w->name)};
    } else if (*ret_x) {
        *ret_q = phones_request(*ret_x);
    }
    return w->tftp || *ret_x;
}

/* Phones take compressed files: made once, for as long as the phone is remembered. */
static char *squeeze_device(struct prov_device *d)
{
    if (!d || d->gzip.len) {
        return NULL;
    }
    d->gzip = squeeze(d->plain);
    return (char *)(uintptr_t)d->gzip.p;
}

static void on_answered(struct hub_ask *ask, void *loop_ctx)
{
    struct asking *a = (struct asking *)(void *)ask;
    struct phones *p = a->phones;
    struct prov_device *d = ask->ret;
    struct waiter *next = a->waiting;
    (void)loop_ctx;
    char *squeezed = squeeze_device(d);
    bool kept = false;
    if (p) {
        unlink_asking(p, a);
        kept = d && memory_put(p->memory, d, squeezed, loop_now(p->cfg.loop));
    }
    for (struct waiter *w = next; w; w = next) {
        struct web_exchange *x = NULL;
        struct provision_request q;
        next = w->next;
        if (p && recall(p, w, &x, &q)) {
            w->kase.question = ask->q;
            decide(p, w, &q, x, d);
        }
        if (p) {
            p->n_waiting--;
        }
        free(w);
    }
    if (!kept) {
        free(squeezed);
        free(d);
    }
    free(a);
}

/* False: it cannot be asked; too many wait already. */
static bool ask(struct phones *p, const struct waiter *w)
{
    struct asking *a = find(p, &w->kase.question);
    struct waiter *copy = p->n_waiting < WAITING_MOST ? malloc(sizeof *copy) : NULL;
    bool new = !a;
    if (new &&copy) {
        a = calloc(1, sizeof *a);
    }
    if (!copy || !a) {
        free(copy);
        return false;
    }
    *copy = *w;
    copy->next = a->waiting;
    a->waiting = copy;
    p->n_waiting++;
    if (new) {
        a->phones = p;
        a->ask.back = p->cfg.loop;
        a->ask.answered = on_answered;
        a->ask.q = w->kase.question;
        a->next = p->asking;
        p->asking = a;
        p->counts.asked++;
        hub_ask(p->cfg.hub, &a->ask);
    }
    return true;
}

void phones_take(struct phones *p, struct waiter *w, const struct provision_request *q,
                 struct web_exchange *x)
{
    usec_t date = loop_date(p->cfg.loop);
    struct provision_case *c = &w->kase;
    enum provision_step step =
        w->activation ? activate_ask(p->policy, q, date, c) : provision_ask(p->policy, q, date, c);
    if (step == PROVISION_ANSWERED) {
        reply(p, w, x, NULL);
        phones_tell(p);
        return;
    }
    const struct prov_question *ask_for = &c->question;
    const struct prov_device *d =
        ask_for->code[0] ? NULL : memory_find(p->memory, ask_for->mac, loop_now(p->cfg.loop));
    if (d) {
        decide(p, w, q, x, d);
    } else if (!p->cfg.hub) {
        const struct prov_device nobody = {.mac = ask_for->mac};
        decide(p, w, q, x, &nobody);
    } else if (p->draining || !ask(p, w)) {
        decide(p, w, q, x, NULL);
    }
}

void phones_ask_clear(struct phones *p)
{
    for (struct asking *a = p->asking; a; a = a->next) {
        a->phones = NULL; /* its answer finds nobody */
    }
    p->asking = NULL;
    while (p->late) {
        struct waiter *w = p->late;
        p->late = w->next;
        free(w);
    }
}
