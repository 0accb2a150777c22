/* A configuration as it came: decrypted, decompressed, read whole before anything of it counts, then applied. */
#include <stdlib.h>

#include "domain/profile/profile.h"
#include "flow/handset/inside.h"
#include "proto/aes128gcm/aes128gcm.h"
#include "proto/flat/flat.h"
#include "proto/salted/salted.h"

enum { VALUE_ROOM = 64 * 1024 };

static const char no_memory[] = "no memory";

/* RFC 8188 by its content coding, else the passphrase of --key (AGF). */
static const char *decrypt(struct handset *h, const struct handset_fetched *f, struct str *body)
{
    struct handset_job *j = h->job;
    struct str ikm = handset_get(h, "IKM_HTTP_Encrypt_Content");
    struct err_at at;
    if (str_ieq(str_trim(f->content_encoding), STR("aes128gcm"))) {
        struct aes128gcm_head head;
        if (ikm.len == 0 || aes128gcm_head_read(*body, &head, &at)) {
            return "encrypted, and no key for it";
        }
        char *room = arena_room(&j->arena, head.records.len + 1);
        if (!room) {
            return no_memory;
        }
        return aes128gcm_read(h->cfg->crypto, ikm, &head, room, body, &at) ? "not decrypted" : NULL;
    }
    if (salted_is(*body)) {
        enum digest_algorithm digest;
        char *room = arena_room(&j->arena, body->len + 1);
        if (!room) {
            return no_memory;
        }
        if (j->to.key.len == 0 ||
            salted_read(h->cfg->crypto, j->to.key, *body, room, body, &digest, &at)) {
            return "not decrypted";
        }
    }
    return NULL;
}

static const char *decompress(struct handset *h, struct str *body)
{
    struct buf out = {.limit = HANDSET_BODY};
    if (!inflate_is_gzip(*body)) {
        return NULL;
    }
    const char *why = "compressed, and damaged";
    if (h->cfg->inflate && h->cfg->inflate->gzip(*body, &out) == ERR_OK) {
        struct str plain = arena_str(&h->job->arena, buf_str(&out));
        why = plain.len == out.len ? NULL : no_memory;
        *body = plain;
    }
    buf_clear(&out);
    return why;
}

static bool is_root(struct str name)
{
    return str_eq(name, STR("flat-profile")) || str_eq(name, STR("device"));
}

static void changed(struct handset *h, struct str name, struct str old, struct str value)
{
    h->changed = true;
    h->wants |= WANT_VOICE;
    if (str_eq(name, STR("Profile_Rule"))) {
        struct str rule = str_trim(value);
        h->job->chained =
            rule.len && rule.p[0] != '/' && h->job->kind == JOB_PROFILE && !(h->wants & WANT_ONCE);
        SAY(h, "voice", "fapp-pal data updated for property name: Profile Rule to {url} from {old}",
            rule, old);
    } else if (str_eq(name, STR("Custom_CA_Rule"))) {
        h->trusts = false;
    }
}

static void set(struct handset *h, struct str name, struct str value)
{
    bool another = false;
    struct str old = phone_get(h->phone, name);
    if (!is_root(name) && value.len <= PHONE_VALUE_MOST &&
        phone_set(h->phone, name, value, &another) == ERR_OK && another) {
        changed(h, name, old, value);
    }
}

/* Once without effect, then with it: a document that ends early changes nothing. */
static const char *apply(struct handset *h, struct str document)
{
    char *room = arena_room(&h->job->arena, VALUE_ROOM);
    struct str name, value;
    struct err_at at;
    if (!room) {
        return no_memory;
    }
    for (int pass = 0; pass < 2; pass++) {
        struct str rest = document;
        enum err err;
        while ((err = flat_next(&rest, room, VALUE_ROOM, &name, &value, &at)) == ERR_OK) {
            if (pass == 1) {
                set(h, name, str_trim(value));
            }
        }
        if (err != ERR_END) {
            return "not well formed";
        }
    }
    return NULL;
}

const char *handset_take_profile(struct handset *h, const struct handset_fetched *f,
                                 bool *ret_empty)
{
    struct str body = f->body;
    const char *why = decrypt(h, f, &body);
    if (!why) {
        why = decompress(h, &body);
    }
    if (why) {
        return why;
    }
    if (str_starts(body, STR("\xef\xbb\xbf"))) {
        body = str_from(body, 3);
    }
    *ret_empty = str_trim(body).len == 0;
    if (*ret_empty) {
        return NULL;
    }
    if (str_trim(body).p[0] != '<' || str_find(body, STR("<flat-profile")) == STR_NPOS) {
        return "no configuration";
    }
    return apply(h, body);
}
