/* Who asks: credentials of the schemes Basic (RFC 7617) and Bearer (RFC 6750 2.1), and cookies (RFC 6265 4.2). */
#ifndef PROTO_HTTP_AUTH_H
#define PROTO_HTTP_AUTH_H

#include "proto/http/http.h"

/* "Basic ZGVzazpzZWNyZXQ=", the value of an Authorization field. User and password lie in `room`; the user has no ':'.
 * ERR_MISSING: another scheme, or an empty value. ERR_MALFORMED: no base64, no ':' in it, or a control character. ERR_LIMIT. */
enum err http_basic_read(struct str value, char *room, size_t cap, struct str *ret_user,
                         struct str *ret_password) MUST_CHECK;

/* "Bearer TOKEN". False: another scheme, or no token of the characters that one has. */
bool http_bearer_read(struct str value, struct str *ret_token);

/* The value of the first cookie called `name`, without quotes around it; false: there is none. */
bool http_cookie_find(const struct http_head *head, struct str name, struct str *ret_value);

/* base64 (RFC 4648 4) with its padding, nothing else between. ERR_MALFORMED, ERR_LIMIT. */
enum err http_base64_read(struct str in, char *room, size_t cap, struct str *ret) MUST_CHECK;

#endif
