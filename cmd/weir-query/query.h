#ifndef WEIR_QUERY_QUERY_H
#define WEIR_QUERY_QUERY_H

#include <stddef.h>
#include <stdint.h>

#include "api/api.h"
#include "bus/server.h"
#include "http/server.h"

/*
 * The ways requests come to weir-query: from gateways over the bus, answered
 * by a pool of threads, and over HTTP of its own, answered on the server's
 * threads.  Both count requests and time by route.
 */
struct query_pool;

/* Starts n threads. */
struct query_pool *query_pool_new(struct api *api, size_t n) CC_CHECK;

/* For bus_server_options: arg is the pool.  Takes the request over. */
void query_pool_handle(void *arg, struct bus_request *q);

/* Answers what is queued, stops the threads.  Accepts NULL. */
void query_pool_free(struct query_pool *p);

/* For http_server_options: arg is the struct api. */
http_server_handler query_http_handle;

#endif
