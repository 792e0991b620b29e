#include "base/hash.h"

#include <sodium.h>
#include <string.h>

/* 15 characters and their NUL: part of the on-disk format, never to be changed. */
static const uint8_t fixed_key[16] = "weir-hash-key-0";
static uint8_t process_key[16];

void
hash_setup(void)
{
	if (sodium_init() < 0)
		BUG("libsodium does not start");
	randombytes_buf(process_key, sizeof(process_key));
}

static const unsigned char *
bytes(struct str s)
{
	return (const unsigned char *)(s.p ? s.p : "");
}

uint64_t
hash64(struct str s)
{
	uint64_t out;

	crypto_shorthash((unsigned char *)&out, bytes(s), s.n, fixed_key);
	return out;
}

struct hash128
hash128(struct str s)
{
	struct hash128 out;

	crypto_shorthash_siphashx24(out.b, bytes(s), s.n, fixed_key);
	return out;
}

uint64_t
hash_seeded(struct str s)
{
	uint64_t out;

	crypto_shorthash((unsigned char *)&out, bytes(s), s.n, process_key);
	return out;
}

void
hash_secret(struct str secret, uint8_t out[HASH_SECRET_SIZE])
{
	crypto_generichash(out, HASH_SECRET_SIZE, bytes(secret), secret.n, NULL,
	    0);
}

bool
hash_equal(const void *a, const void *b, size_t n)
{
	return sodium_memcmp(a, b, n) == 0;
}

void
hash_random(void *out, size_t n)
{
	randombytes_buf(out, n);
}

void
hex_encode(const void *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *u = p;

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[u[i] >> 4];
		out[2 * i + 1] = digits[u[i] & 15];
	}
	out[2 * n] = '\0';
}

bool
hex_decode(struct str s, void *out, size_t n)
{
	uint8_t *u = out;

	if (s.n != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int hi = str_hex_digit(s.p[2 * i]);
		int lo = str_hex_digit(s.p[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		u[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

void
uuid_random(char out[UUID_TEXT_SIZE])
{
	uint8_t u[16];
	char hex[33];

	randombytes_buf(u, sizeof(u));
	u[6] = (uint8_t)((u[6] & 0x0f) | 0x40);
	u[8] = (uint8_t)((u[8] & 0x3f) | 0x80);
	hex_encode(u, sizeof(u), hex);
	snprintf(out, UUID_TEXT_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8,
	    hex + 12, hex + 16, hex + 20);
}

bool
uuid_is_v4(struct str s)
{
	if (s.n != 36)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s.p[i] != '-' : str_hex_digit(s.p[i]) < 0)
			return false;
	}
	return s.p[14] == '4' && strchr("89abAB", s.p[19]) != NULL;
}
