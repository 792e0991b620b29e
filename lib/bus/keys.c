#include "bus/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

#include "base/buf.h"
#include "base/str.h"

enum { KEY_FILE_MAX = 4096 };

/* Refuses files that others could have read or written. */
static int
check_file(int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_sys(e, ERR_IO, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INVALID, "%s: not a regular file", path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return err_set(e, ERR_DENIED, "%s: owned by user %u, not by "
		    "the user of this process or root", path, st.st_uid);
	if (st.st_mode & 077)
		return err_set(e, ERR_DENIED, "%s: mode %04o lets others in; "
		    "chmod 600 it", path, st.st_mode & 07777u);
	return 0;
}

/* Copies the value of a "name value" line; false if it is not a key. */
static bool
take_key(struct str value, char out[BUS_KEY_TEXT_SIZE])
{
	uint8_t raw[32];

	value = str_trim(value);
	if (value.n != BUS_KEY_TEXT_SIZE - 1)
		return false;
	memcpy(out, value.p, value.n);
	out[value.n] = '\0';
	return zmq_z85_decode(raw, out) != NULL;
}

static int
parse(struct bus_keys *k, struct str text, const char *path, struct err *e)
{
	char derived[BUS_KEY_TEXT_SIZE];
	bool has_public = false, has_secret = false;

	while (text.p) {
		struct str line = str_trim(str_cut(&text, '\n'));
		struct str name = str_cut(&line, ' ');

		if (name.n == 0 || name.p[0] == '#')
			continue;
		if (str_is(name, "public-key"))
			has_public = take_key(line, k->public_key);
		else if (str_is(name, "secret-key"))
			has_secret = take_key(line, k->secret_key);
		else
			return err_set(e, ERR_INVALID,
			    "%s: unknown line '%.*s'", path, STR_FMT(name));
	}
	if (!has_public || !has_secret)
		return err_set(e, ERR_INVALID, "%s: no valid %s line", path,
		    has_public ? "secret-key" : "public-key");
	if (zmq_curve_public(derived, k->secret_key) ||
	    memcmp(derived, k->public_key, sizeof(derived)) != 0)
		return err_set(e, ERR_INVALID,
		    "%s: public-key and secret-key are not a pair", path);
	return 0;
}

int
bus_keys_load(struct bus_keys *k, const char *path, struct err *e)
{
	char text[KEY_FILE_MAX];
	struct bus_keys got = { "", "" };
	ssize_t n;
	int rc, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return err_sys(e, ERR_IO, "%s", path);
	if (check_file(fd, path, e)) {
		close(fd);
		return e->code;
	}
	n = read(fd, text, sizeof(text));
	close(fd);
	if (n < 0)
		return err_sys(e, ERR_IO, "%s", path);
	if (n == sizeof(text))
		return err_set(e, ERR_INVALID, "%s: too long for a key file",
		    path);
	rc = parse(&got, str_of(text, (size_t)n), path, e);
	if (rc == 0)
		*k = got;
	explicit_bzero(text, sizeof(text));
	bus_keys_wipe(&got);
	return rc;
}

int
bus_keys_generate(const char *path, struct err *e)
{
	struct bus_keys k;
	char text[512];
	int n, fd, rc = 0;

	if (zmq_curve_keypair(k.public_key, k.secret_key))
		return err_set(e, ERR_IO, "new key pair: %s",
		    zmq_strerror(errno));
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, errno == EEXIST ? ERR_EXISTS : ERR_IO, "%s",
		    path);
	n = snprintf(text, sizeof(text),
	    "# weir cluster key: whoever holds it is part of the cluster\n"
	    "public-key %s\nsecret-key %s\n", k.public_key, k.secret_key);
	if (write(fd, text, (size_t)n) != n || fsync(fd)) {
		rc = err_sys(e, ERR_IO, "%s", path);
		unlink(path);
	}
	close(fd);
	explicit_bzero(text, sizeof(text));
	bus_keys_wipe(&k);
	return rc;
}

void
bus_keys_wipe(struct bus_keys *k)
{
	explicit_bzero(k, sizeof(*k));
}

static bool
is_loopback(struct str host)
{
	return str_is(host, "localhost") || str_is(host, "[::1]") ||
	    (str_has_prefix(host, STR("127.")) &&
	    strspn(host.p, "0123456789.") >= host.n);
}

static int
check_tcp(const char *endpoint, struct str rest, const struct bus_keys *keys,
    bool allow_plain, struct err *e)
{
	size_t colon = rest.n;
	struct str host, port;
	int64_t number;

	while (colon > 0 && rest.p[colon - 1] != ':')
		colon--;
	if (colon < 2)
		return err_set(e, ERR_INVALID, "%s: not tcp://HOST:PORT",
		    endpoint);
	host = str_of(rest.p, colon - 1);
	port = str_from_index(rest, colon);
	if (!str_is(port, "*") &&
	    (!str_to_i64(port, &number) || number < 0 || number > 65535))
		return err_set(e, ERR_INVALID, "%s: '%.*s' is not a port",
		    endpoint, STR_FMT(port));
	if (keys)
		return 0;
	if (!is_loopback(host))
		return err_set(e, ERR_DENIED, "%s: tcp needs the cluster key "
		    "file, so that strangers stay out", endpoint);
	if (!allow_plain)
		return err_set(e, ERR_DENIED, "%s: tcp needs the cluster key "
		    "file, or leave to speak plainly on loopback", endpoint);
	return 0;
}

int
bus_endpoint_check(const char *endpoint, const struct bus_keys *keys,
    bool allow_plain, struct err *e)
{
	struct str s = str_from(endpoint);
	struct sockaddr_un un;

	if (str_has_prefix(s, STR("tcp://")))
		return check_tcp(endpoint, str_from_index(s, 6), keys,
		    allow_plain, e);
	if (!str_has_prefix(s, STR("ipc://")))
		return err_set(e, ERR_INVALID,
		    "%s: neither ipc://PATH nor tcp://HOST:PORT", endpoint);
	s = str_from_index(s, 6);
	if (s.n == 0 || s.p[0] == '@' || s.p[0] == '*')
		return err_set(e, ERR_INVALID, "%s: ipc needs a path in the "
		    "file system", endpoint);
	if (s.n >= sizeof(un.sun_path))
		return err_set(e, ERR_INVALID, "%s: longer than the %zu bytes "
		    "of a socket path", endpoint, sizeof(un.sun_path) - 1);
	return 0;
}
