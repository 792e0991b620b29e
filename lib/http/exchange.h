#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

/*
 * The insides of the server: server.c opens, sweeps and stops, conn.c
 * keeps the list of connections, exchange.c carries one request to its
 * response.  Private to the library: nobody else
 * includes microhttpd.h.
 *
 * An exchange is held twice: by libmicrohttpd from the request line to the end
 * of the response, and by whoever owes http_complete.  It is freed when both
 * are through, so a late completion after a stop finds memory that is there.
 */
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "http/server.h"

enum { HTTP_PEER_MAX = 48 };

enum conn_phase {
	CONN_IDLE,              /* waiting for a request or its header */
	CONN_BODY,              /* receiving the body */
	CONN_HANDLING,          /* the handler's time: not limited here */
	CONN_SENDING
};

/* One TCP or unix connection; guarded by the server's lock. */
struct http_conn {
	struct http_conn *next, *prev;
	int fd;
	enum conn_phase phase;
	int64_t since_ms;       /* of the phase */
	size_t bytes;           /* received or to be sent in the phase */
	bool shut;              /* told to go */
	char peer[HTTP_PEER_MAX];
	struct arena *spare;    /* of the exchange before */
};

enum exchange_phase {
	EXCHANGE_NEW,           /* the header is not complete */
	EXCHANGE_BODY,
	EXCHANGE_DISCARD,       /* refused; the rest of the body is thrown */
	EXCHANGE_HANDLED,       /* the handler was called */
	EXCHANGE_QUEUED         /* the response is libmicrohttpd's */
};

enum exchange_state {
	STATE_RUNNING,          /* the handler has not returned */
	STATE_SUSPENDED,
	STATE_COMPLETED
};

struct http_exchange {
	uint32_t magic;
	struct http_server *server;
	struct MHD_Connection *connection;
	struct http_conn *conn;
	struct http_exchange *next, *prev;      /* server's lock */
	enum exchange_phase phase;
	atomic_int state;       /* enum exchange_state */
	atomic_bool answered;   /* the first http_complete wins */
	atomic_int refs;
	char *uri;
	struct arena *arena;
	struct http_pair *headers;
	size_t header_bytes;
	size_t body_limit;
	bool compressed;
	bool is_last;           /* of its connection: where it ends is doubtful */
	struct buf body;
	size_t accounted;       /* of the server's body_bytes */
	size_t discarded;
	struct http_request request;
	struct http_response response;
};

struct http_server {
	struct http_server_options o;
	char address[160];
	const char *unix_path;  /* to unlink, or NULL */
	int listen_fd;
	struct MHD_Daemon *mhd;
	pthread_t sweeper;
	bool sweeping;

	pthread_mutex_t lock;   /* guards the lists and the next three */
	pthread_cond_t changed; /* an exchange ended */
	pthread_cond_t sweep_cond;
	struct http_conn *conns;
	struct http_exchange *exchanges;
	size_t nconns, nexchanges;
	bool stop_sweeper;

	atomic_bool stopping;
	atomic_int completing;  /* threads inside MHD_resume_connection */
	atomic_int refs;        /* the owner, and each exchange */
	atomic_size_t body_bytes;
	atomic_uint_fast64_t requests, refused;
};

/* Callbacks for MHD_start_daemon; cls is the server. */
void *exchange_begin(void *cls, const char *uri, struct MHD_Connection *c);
enum MHD_Result exchange_access(void *cls, struct MHD_Connection *c,
    const char *url, const char *method, const char *version,
    const char *data, size_t *size, void **context);
void exchange_end(void *cls, struct MHD_Connection *c, void **context,
    enum MHD_RequestTerminationCode how);
void conn_notify(void *cls, struct MHD_Connection *c, void **context,
    enum MHD_ConnectionNotificationCode what);
void conn_set_phase(struct http_exchange *x, enum conn_phase phase,
    size_t bytes) CC_NONNULL(1);
size_t exchange_unescape(void *cls, struct MHD_Connection *c, char *s);

/* Answers 503 in place of the handler that still owes an answer. */
void exchange_abandon(struct http_exchange *x) CC_NONNULL(1);
void exchange_ref(struct http_exchange *x) CC_NONNULL(1);
void exchange_unref(struct http_exchange *x) CC_NONNULL(1);
void server_unref(struct http_server *s) CC_NONNULL(1);

#endif
