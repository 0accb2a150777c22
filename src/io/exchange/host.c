/* The name servers of this host (resolv.conf(5)). */
#include <errno.h>
#include <stdio.h>

#include "io/exchange/exchange.h"

enum { LINES_MOST = 1000, DNS = 53 };

static void take(struct str line, struct endpoint *e, size_t *n, char *domain)
{
    struct str rest = line;
    struct str key = str_word(&rest);
    struct str value = str_word(&rest);
    if (str_eq(key, STR("nameserver")) && *n < EXCHANGE_RESOLVERS) {
        e[*n].port = DNS;
        *n += addr_read(value, &e[*n].ip);
    } else if ((str_eq(key, STR("search")) || str_eq(key, STR("domain"))) &&
               value.len < EXCHANGE_DOMAIN) {
        memcpy(domain, value.p, value.len);
        domain[value.len] = '\0';
    }
}

enum err exchange_resolvers(const char *file, struct endpoint ret[EXCHANGE_RESOLVERS],
                            size_t *ret_n, char ret_domain[EXCHANGE_DOMAIN])
{
    FILE *in = fopen(file ? file : "/etc/resolv.conf", "re");
    char line[1024];
    *ret_n = 0;
    ret_domain[0] = '\0';
    if (!in) {
        return ERR_IO;
    }
    for (int i = 0; i < LINES_MOST && fgets(line, sizeof line, in); i++) {
        take(str_trim(str_z(line)), ret, ret_n, ret_domain);
    }
    bool bad = ferror(in);
    int kept = errno;
    (void)fclose(in);
    errno = kept;
    return bad ? ERR_IO : ERR_OK;
}
