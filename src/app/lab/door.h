/* A way in from the machine: what connects to a listening socket of the machine is passed on to the hub's page within the space. */
#ifndef APP_LAB_DOOR_H
#define APP_LAB_DOOR_H

#include "base/addr.h"
#include "base/err.h"

/* A socket that listens at 127.0.0.1, at the port wished for or, when that is taken, at any. ERR_IO: errno. */
enum err door_listen(uint16_t port, int *ret_fd, uint16_t *ret_port) MUST_CHECK;
/* Passes on what comes, to `to`, which is reached from where this is called, until the process ends. 64 at once; who comes then waits. */
enum err door_keep(int fd, struct endpoint to) MUST_CHECK;

#endif
