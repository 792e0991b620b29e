"""The C feature code of lib/detect as a shared object for training.

Training reads features through the same code that scores them, so the two
cannot differ.  The weights are plain variables here, so that a fold of the
cross-validation can put its own in.
"""
import ctypes
import os
import subprocess
import tempfile

import numpy as np

BUCKETS = 1 << 16
SLOTS = 1 << 14
AGENT = 1 << 13
PREFIX, NONE = 254, 255
HEADS = 4
ROLES = {"user": 0, "assistant": 1, "tool": 2, "system": 3}

GLUE = r"""
#include "detect/features.h"
#include "detect/weights.h"
#define OUT __attribute__((visibility("default")))
OUT int glue_features(void) { return FEATURE_N; }
OUT int glue_classes(void) { return CLASS_N; }
OUT int glue_patterns(void) { return FEATURE_USER_PATTERNS; }
OUT int glue_ground(void) { return GROUND_N; }
OUT const char *glue_feature(int i) { return features_name((size_t)i); }
OUT const char *glue_class(int i) { return features_class_name((size_t)i); }
OUT const char *glue_pattern(int i) { return score_name(i); }
OUT const char *glue_groundname(int i) { return features_ground_text(i); }
OUT int glue_agent_tokens(void) { return FEATURE_AGENT_TOKENS; }
static struct features f;
static struct text *t;
static struct ground g;
OUT int glue_tokens(const char *p, size_t n, uint32_t *out, int max)
{
	int i;
	if (!t)
		t = text_new();
	text_scan(t, str_of(p, n));
	for (i = 0; i < max && i < (int)t->n; i++)
		out[i] = t->token[i].hash;
	return i;
}
OUT int glue_grams(const char *p, size_t n, uint32_t *out, size_t max)
{
	if (!t)
		t = text_new();
	text_scan(t, str_of(p, n));
	return (int)text_grams(t, 0, max ? max : t->n, out, TEXT_GRAMS_MAX);
}
OUT void glue_load(const struct turn *turns, size_t n)
{
	if (!f.text)
		features_init(&f);
	features_load(&f, turns, n);
}
OUT void glue_user(size_t i, float *x) { features_user(&f, i, x); }
OUT int glue_grounding(const struct turn *turns, size_t n, size_t i, float *x)
{
	if (!t)
		t = text_new();
	ground_load(&g, t, turns, n);
	return ground_features(&g, t, turns, i, x);
}
"""

PLAIN = r"""
#include <stdint.h>
#define OUT __attribute__((visibility("default")))
OUT uint32_t weights_gram[%d];
OUT float weights_head_scale[4], weights_head_bias[4], weights_mean[512];
OUT int8_t weights_agent[%d];
OUT float weights_agent_scale[1], weights_agent_bias[1];
OUT uint32_t weights_phrase_key[%d];
OUT uint8_t weights_phrase_class[%d];
OUT float weights_user[16][512], weights_ground[64];
""" % (BUCKETS, AGENT, SLOTS, SLOTS)


class Turn(ctypes.Structure):
    _fields_ = [("role", ctypes.c_int), ("p", ctypes.c_char_p),
                ("n", ctypes.c_size_t)]


class Lib:
    def __init__(self, top):
        d = tempfile.mkdtemp(prefix="weir-train-")
        with open(d + "/glue.c", "w") as out:
            out.write(GLUE)
        with open(d + "/plain.c", "w") as out:
            out.write(PLAIN)
        src = [os.path.join(top, "lib/detect", s) for s in
               ("text.c", "features.c", "dialogue.c", "ground.c",
                "patterns.c",
                "answer.c")]
        src += [os.path.join(top, "lib/base", s) for s in
                ("mem.c", "str.c", "err.c")]
        so = d + "/features.so"
        subprocess.check_call(
            ["cc", "-std=c11", "-D_GNU_SOURCE", "-O2", "-fPIC", "-shared",
             "-I", os.path.join(top, "lib"), "-o", so, d + "/glue.c",
             d + "/plain.c"] + src + ["-lm"])
        self.lib = lib = ctypes.CDLL(so)
        for name in ("feature", "class", "pattern", "groundname"):
            getattr(lib, "glue_" + name).restype = ctypes.c_char_p
        self.features = [lib.glue_feature(i).decode()
                         for i in range(lib.glue_features())]
        self.classes = [lib.glue_class(i).decode()
                        for i in range(lib.glue_classes())]
        self.patterns = [lib.glue_pattern(i).decode()
                         for i in range(lib.glue_patterns())]
        self.ground_names = [lib.glue_groundname(i).decode()
                             for i in range(lib.glue_ground())]
        self.buf = np.zeros(8192, np.uint32)
        self.x = np.zeros(len(self.features), np.float32)
        self.g = np.zeros(len(self.ground_names), np.float32)

    def tokens(self, s):
        b = s.encode("utf-8", "replace")
        n = self.lib.glue_tokens(b, ctypes.c_size_t(len(b)), self.ptr(
            self.buf), 64)
        return [int(v) for v in self.buf[:n]]

    def agent_grams(self, s):
        return self.grams(s, self.lib.glue_agent_tokens()) >> 3

    def grams(self, s, most=0):
        b = s.encode("utf-8", "replace")
        n = self.lib.glue_grams(b, ctypes.c_size_t(len(b)),
                                self.ptr(self.buf), ctypes.c_size_t(most))
        return self.buf[:n].copy()

    @staticmethod
    def ptr(a):
        return a.ctypes.data_as(ctypes.c_void_p)

    def array(self, name, ctype, n):
        return np.ctypeslib.as_array((ctype * n).in_dll(self.lib, name))

    @staticmethod
    def turns(messages):
        a = (Turn * len(messages))()
        for k, (role, text) in zip(a, messages):
            b = text.encode("utf-8", "replace")
            k.role, k.p, k.n = ROLES[role], b, len(b)
        return a

    def user(self, messages, index):
        """Features of one turn; messages = [(role, text)]."""
        a = self.turns(messages)
        self.lib.glue_load(a, ctypes.c_size_t(len(messages)))
        self.lib.glue_user(ctypes.c_size_t(index), self.ptr(self.x))
        return self.x.copy()

    def grounding(self, messages, index):
        a = self.turns(messages)
        self.lib.glue_grounding(a, ctypes.c_size_t(len(messages)),
                                ctypes.c_size_t(index), self.ptr(self.g))
        return self.g.copy()

    def set_phrases(self, key, cls):
        self.array("weights_phrase_key", ctypes.c_uint32, SLOTS)[:] = key
        self.array("weights_phrase_class", ctypes.c_uint8, SLOTS)[:] = cls

    def set_heads(self, table, scale, bias):
        self.array("weights_gram", ctypes.c_uint32, BUCKETS)[:] = table
        self.array("weights_head_scale", ctypes.c_float, HEADS)[:] = scale
        self.array("weights_head_bias", ctypes.c_float, HEADS)[:] = bias

    def set_agent(self, table, scale, bias):
        self.array("weights_agent", ctypes.c_int8, AGENT)[:] = table
        self.array("weights_agent_scale", ctypes.c_float, 1)[:] = scale
        self.array("weights_agent_bias", ctypes.c_float, 1)[:] = bias
