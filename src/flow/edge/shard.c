/* Where a message belongs, by one quick look (edge.h). */
#include "flow/edge/inside.h"

uint16_t edge_shard_of(const struct hash_key *key, uint16_t shards, struct str user)
{
    return (uint16_t)(shards > 1 && user.len ? hash_str(key, user) % shards : 0);
}

/* A line with those that continue it, without its end; `*rest` moves behind it (RFC 3261 7.3.1). */
static struct str line_next(struct str *rest)
{
    size_t end = 0;
    do {
        size_t n = str_chr(str_from(*rest, end), '\n');
        end = n == STR_NPOS ? rest->len : end + n + 1;
    } while (end < rest->len && (rest->p[end] == ' ' || rest->p[end] == '\t'));
    struct str line = str_head(*rest, end);
    *rest = str_from(*rest, end);
    return str_trim(line);
}

/* What stands behind "NAME:", long or compact; false for other lines. */
static bool field_is(struct str line, struct str name, char compact, struct str *ret_value)
{
    size_t n = str_istarts(line, name)                                      ? name.len
               : line.len && ascii_lower(line.p[0]) == ascii_lower(compact) ? 1
                                                                            : 0;
    struct str rest = str_trim(str_from(line, n));
    if (n == 0 || rest.len == 0 || rest.p[0] != ':') {
        return false;
    }
    *ret_value = str_trim(str_from(rest, 1));
    return true;
}

/* The value of the first such field. */
static struct str field_find(struct str bytes, struct str name, char compact)
{
    struct str rest = bytes;
    struct str value;
    line_next(&rest);
    while (rest.len) {
        struct str line = line_next(&rest);
        if (line.len == 0) {
            break;
        }
        if (field_is(line, name, compact, &value)) {
            return value;
        }
    }
    return str_of(NULL, 0);
}

/* The user of the URI in an address: "Name" <sip:user@host>;tag=x. */
static struct str user_of(struct str address, char out[ACCOUNT_USER_MOST])
{
    struct sip_addr a;
    struct sip_uri uri;
    struct err_at at;
    if (sip_addr_read(address, SIP_STRICT, &a, &at) != ERR_OK ||
        sip_uri_read(a.uri, &uri, &at) != ERR_OK) {
        return str_of(NULL, 0);
    }
    return uri.user.len <= ACCOUNT_USER_MOST ? sip_uri_user(&uri, out)
                                             : str_head(uri.user, ACCOUNT_USER_MOST);
}

static uint16_t response_shard(uint16_t shards, struct str bytes)
{
    static const struct str head = STR_INIT("z9hG4bKdt");
    struct sip_via via;
    struct err_at at;
    uint64_t shard = 0;
    struct str value = field_find(bytes, STR("Via"), 'v');
    if (sip_via_read(value, &via, &at) != ERR_OK || !str_starts(via.branch, head) ||
        !str_hex64(str_head(str_from(via.branch, head.len), 2), &shard)) {
        return 0;
    }
    return shard < shards ? (uint16_t)shard : 0;
}

uint16_t edge_shard(const struct hash_key *key, uint16_t shards, struct str bytes)
{
    char user[ACCOUNT_USER_MOST];
    if (shards <= 1) {
        return 0;
    }
    while (bytes.len && (bytes.p[0] == '\r' || bytes.p[0] == '\n')) {
        bytes = str_from(bytes, 1);
    }
    if (str_istarts(bytes, STR("SIP/"))) {
        return response_shard(shards, bytes);
    }
    bool registers = str_starts(bytes, STR("REGISTER "));
    struct str address =
        registers ? field_find(bytes, STR("To"), 't') : field_find(bytes, STR("From"), 'f');
    return edge_shard_of(key, shards, user_of(address, user));
}
