/* Passwords on helper threads, some at once. */
#include "app/hub/hash.h"

#include <stdlib.h>
#include <strings.h>

static struct hash_job *job_of(struct loop_work *w)
{
    return (struct hash_job *)(void *)((char *)w - offsetof(struct hash_job, work));
}

static void job_free(struct hash_job *j)
{
    explicit_bzero(j, sizeof *j);
    free(j);
}

static void run(struct loop_work *w)
{
    struct hash_job *j = job_of(w);
    struct str password = str_of(j->password, j->len);
    j->good = j->make ? tls_password_make(password, j->text) == ERR_OK
                      : tls_password_fits(password, str_z(j->text));
}

static void done(struct loop_work *w, bool cancelled)
{
    struct hash_job *j = job_of(w);
    j->hub->hashes--;
    struct call *c = cancelled ? NULL : call_find(j->hub, j->id);
    if (c) {
        c->actor.now = hub_date(j->hub);
        j->then(c, j);
    }
    job_free(j);
}

void hash_start(struct call *c, const struct hash_job *job, struct str password)
{
    struct hub *h = c->hub;
    struct hash_job *j = h->hashes < HUB_HASHES ? malloc(sizeof *j) : NULL;
    if (!j || password.len > sizeof j->password) {
        free(j);
        call_later(c, "busy", 1, "many passwords are being looked at");
        return;
    }
    *j = *job;
    j->hub = h;
    j->id = c->id;
    memcpy(j->password, password.p, password.len);
    j->len = password.len;
    j->work = (struct loop_work){.fn = run, .done = done};
    if (loop_work(h->loop, &j->work) != ERR_OK) {
        job_free(j);
        call_later(c, "busy", 1, "many passwords are being looked at");
        return;
    }
    h->hashes++;
}
