/* Requests for configurations, and calls of activation: whatever they are made of, an answer comes of it, and without a proof no
 * configuration. Input: one byte of how it comes, then an HTTP request (by TFTP a path). */
#include "flow/provision/name.h"
#include "flow/provision/provision_fixture.h"

static void say(struct fix *f, enum provision_way way, const struct client_cert *client,
                struct str text)
{
    struct err_at at;
    f->q = (struct provision_request){
        .way = way, .peer = {{4, {192, 0, 2, 10}}, 40000}, .client = client};
    if (way == PROVISION_TFTP) {
        f->q.path = text;
    } else if (http_head_read(text, &f->head, &at) != ERR_OK || !f->head.request ||
               http_target_read(f->head.target, f->path, sizeof f->path, &f->q.path, &f->q.query) !=
                   ERR_OK) {
        return;
    } else {
        f->q.head = &f->head;
    }
    if (provision_ask(f->p, &f->q, f->now, &f->c) == PROVISION_LOOK_UP) {
        fix_must(f->c.proof != PROOF_NONE);
        provision_answer(f->p, &f->q, &f->c, fix_device(f, f->c.question.mac), f->now);
    }
    fix_must(f->c.reply.status >= 200 && f->c.reply.status < 600);
    bool configuration = f->c.reply.body >= BODY_PLAIN;
    fix_must(!configuration || f->c.proof != PROOF_NONE);
    fix_must(!configuration || way == PROVISION_HTTPS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fix f;
    struct provision_cfg cfg;
    if (size == 0 || size > 4096) {
        return 0;
    }
    fix_cfg(&cfg);
    fix_open(&f, &cfg);
    struct client_cert client =
        fix_client((enum client_verdict)(data[0] >> 2) % (CLIENT_NONE + 1), data[0] >> 6);
    enum provision_way way = (enum provision_way)((data[0] & 3) % 3);
    say(&f, way, way == PROVISION_HTTPS ? &client : NULL, str_of((const char *)data + 1, size - 1));
    fix_wait(&f, USEC_S);
    fix_close(&f);
    return 0;
}
