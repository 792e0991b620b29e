"""Utterances and dialogues with weak labels, from templates.txt."""
import os
import random
import re

HERE = os.path.dirname(os.path.abspath(__file__))

SLOTS = {
    "item": "hotel restaurant train flight table room taxi ticket movie guesthouse museum bus laptop phone router package jacket keyboard subscription invoice refund song book appointment event doctor apartment car".split(),
    "city": "Cambridge London Boston Seattle Berlin Paris Austin Oakland Leeds Norwich Chicago Madrid Dublin Sacramento".split(),
    "area": "north,south,east,west,centre,city center,downtown,suburbs".split(","),
    "food": "Italian Chinese Indian Thai Mexican French Japanese Korean Greek vegan seafood pizza sushi Turkish British".split(),
    "day": "Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday,tomorrow,next week,March 3rd,the 12th,today".split(","),
    "time": "10:15,noon,5 pm,17:45,9am,8:30,the morning,evening,midnight,2:30 pm".split(","),
    "n": "1 2 3 4 5 6 7 8 10 12 15 24 30 48 404 500 1045 83321".split(),
    "name": "Alex,Maria,John Smith,Sam,Priya,Golden House,River Inn,Acorn,Bella Vista,Grand Plaza,Kim".split(","),
    "movie": "Inception,The Matrix,Titanic,Frozen,Get Out,Black Panther,Jaws,Up,It,Avatar,Die Hard".split(","),
    "field": "address,phone number,postcode,price,order number,email,name,departure time,reference number,date,entrance fee,type,reviews,rating,function,confirmation".split(","),
    "handle": "@AcmeAir @ShopHelp @TelcoCare @GreatRail @115858 @BankSupport @AskStore".split(),
}
SLOTS_ZH = dict(SLOTS, item="手机 电脑 衣服 鞋子 冰箱 洗衣机 耳机 电视 充电器 奶粉 空调 书".split())

# Of a message of this kind: how likely dissatisfied, confused, a failed task,
# repeats, corrects, praises.
LABELS = {
    "angry": (.97, .03, .30, .05, .05, .0),
    "impatient": (.92, .05, .50, .12, .02, .0),
    "repeat_complaint": (.90, .10, .45, .60, .55, .0),
    "correct": (.72, .08, .50, .10, .97, .0),
    "fail": (.75, .08, .97, .15, .20, .0),
    "reject": (.36, .03, .12, .03, .12, .0),
    "doubt": (.48, .35, .25, .20, .20, .0),
    "confused": (.45, .95, .15, .05, .05, .0),
    "human": (.85, .03, .35, .04, .02, .0),
    "quit": (.88, .03, .60, .05, .05, .0),
    "factneg": (.08, .03, .15, .01, .01, .0),
    "request": (.02, .03, .01, .01, .01, .0),
    "inform": (.02, .01, .01, .01, .02, .0),
    "answer": (.02, .01, .01, .01, .01, .05),
    "thanks": (.01, .01, .01, .0, .0, .95),
}
# How likely the agent is in trouble when it says this.
AGENT = {"a_ask": .1, "a_offer": .08, "a_success": .06, "a_noresult": .6,
         "a_misheard": .7, "a_cannot": .65, "a_wait": .35, "a_apology": .45,
         "a_redirect": .35, "a_anything": .06, "a_off": .6}
PATTERNS = ("user-frustration", "user-confusion", "task-failure-reported",
            "user-repeats-request", "user-corrects-agent", "user-praises")
BAD = ("angry", "impatient", "repeat_complaint", "correct", "fail", "human",
       "quit", "doubt", "reject", "confused")
FINE = ("request", "inform", "answer", "thanks", "factneg")


def read(name):
    out, cur = {}, None
    with open(os.path.join(HERE, name), encoding="utf-8") as f:
        for line in f:
            line = line.rstrip("\n")
            m = re.match(r"\[([a-z_]+)\]$", line.strip())
            if m:
                cur = out.setdefault(m.group(1), [])
            elif line.strip() and not line.startswith("#"):
                cur.append(line)
    return out


class Synth:
    def __init__(self, seed):
        self.rnd = random.Random(seed)
        self.sets = {"en": read("templates.txt"),
                     "zh": read("templates_zh.txt"),
                     "world": read("templates_world.txt")}

    def fill(self, line, slots):
        rnd = self.rnd
        line = re.sub(r"<(\w+)>", lambda m: rnd.choice(slots[m.group(1)])
                      if m.group(1) in slots else m.group(0), line)
        while "{" in line:
            new = re.sub(r"\{([^{}]*)\}",
                         lambda m: rnd.choice(m.group(1).split("|")), line)
            if new == line:
                break
            line = new
        return re.sub(r"\s+", " ", line).strip()

    def noise(self, s):
        rnd, r = self.rnd, self.rnd.random()
        if r < .25:
            s = s[:1].upper() + s[1:]
        elif r < .30:
            s = s.upper()
        if rnd.random() < .15:
            s = s.replace("'", "")
        if rnd.random() < .2 and s.endswith("."):
            s = s[:-1]
        if rnd.random() < .06 and len(s) > 8:
            i = rnd.randrange(2, len(s) - 2)
            s = s[:i] + s[i + 1] + s[i] + s[i + 2:]
        return s

    def say(self, kind, lang="en"):
        sets = self.sets[lang]
        if kind.startswith("a_") and kind not in sets:
            sets = self.sets["en"]
        elif kind not in sets:
            kind = "correct" if kind in BAD else "request"
        s = self.fill(self.rnd.choice(sets[kind]),
                      SLOTS_ZH if lang == "zh" else SLOTS)
        return self.noise(s) if not kind.startswith("a_") else \
            s[:1].upper() + s[1:]

    def reply(self, kind, bad):
        """What the agent said before a user turn of this kind."""
        r = self.rnd
        if kind in ("angry", "impatient", "human", "quit"):
            return r.choice("a_off a_noresult a_misheard a_cannot a_wait "
                            "a_apology a_redirect a_apology a_anything "
                            "a_ask a_cannot".split())
        if kind in ("repeat_complaint", "confused"):
            return r.choice("a_off a_misheard a_ask a_off a_ask a_offer "
                            "a_apology a_cannot a_misheard".split())
        if kind in ("correct", "fail"):
            return r.choice("a_offer a_success a_off a_success a_offer "
                            "a_apology a_ask a_anything".split())
        if kind in ("reject", "doubt"):
            return r.choice("a_noresult a_noresult a_offer a_offer a_cannot "
                            "a_off".split())
        if kind == "thanks":
            return r.choice("a_success a_success a_offer a_anything "
                            "a_offer a_redirect".split())
        if kind == "answer":
            return r.choice("a_ask a_offer a_anything a_success a_offer "
                            "a_ask a_wait a_noresult".split())
        if kind == "inform":
            return r.choice("a_ask a_ask a_offer a_ask a_misheard".split())
        if kind == "factneg":
            return r.choice("a_anything a_ask a_success".split())
        return r.choice("a_offer a_success a_anything a_ask a_offer "
                        "a_noresult".split())

    def utterance(self, kind, lang):
        """One message, sometimes with a second sentence of its side."""
        r, s = self.rnd, self.say(kind, lang)
        label = list(LABELS[kind])
        if r.random() < .22 and kind not in ("answer",):
            extra = r.choice(BAD if kind in BAD else ("request", "inform",
                                                     "thanks"))
            if kind in BAD and r.random() < .3:
                extra = r.choice(("inform", "request", "factneg"))
            t = self.say(extra, lang)
            pair = [s, t] if r.random() < .6 else [t, s]
            s = (", " if r.random() < .2 else ". ").join(
                p.rstrip(".,") for p in pair if p)
            label = [max(a, b) for a, b in zip(label, LABELS[extra])]
            if kind in BAD:
                label[5] = 0.
        return s, label

    def dialogue(self):
        """(messages, labels by pattern); the last message is the user's."""
        r = self.rnd
        lang = r.choice(("en",) * 16 + ("zh", "zh", "world", "world"))
        n = r.choice((0, 0, 1, 1, 2, 2, 3, 4, 5, 6))
        bad = r.random() < .30
        msgs, asked = [], []
        for k in range(n):
            kind = r.choice(FINE if r.random() < (.65 if bad else .97)
                            else BAD)
            if k == 0 and r.random() < .8:
                kind = r.choice(("request", "request", "factneg"))
            if k and r.random() < .8 and kind == "thanks":
                kind = "inform"
            text = self.utterance(kind, lang)[0]
            if msgs:
                msgs.append(("assistant", self.say(self.reply(kind, bad),
                                                   lang)))
            msgs.append(("user", text))
            asked.append(text)
        kind = r.choice(BAD if bad else FINE)
        if n == 0 and not bad:
            kind = r.choice(("request", "request", "inform", "factneg",
                             "thanks"))
        text, label = self.utterance(kind, lang)
        how = self.reply(kind, bad)
        if asked and r.random() < .14 and len(asked[-1]) > 12:
            # the same request again, in part or with an addition
            text, label = asked[-1], [.62, .08, .30, .97, .15, 0.]
            if r.random() < .6:
                text = r.choice(("no, ", "i said ", "again, ", "", "please ",
                                 "but ", "", "so ")) + text
            if r.random() < .3:
                w = text.split()
                i = r.randrange(len(w))
                text = " ".join(w[:i] + w[i + 1:])
            how = r.choice(("a_off", "a_misheard", "a_ask", "a_offer",
                            "a_noresult", "a_cannot", "a_off"))
            if how == "a_misheard":
                label[0] = .45
        if msgs:
            reply = self.say(how, lang)
            if r.random() < (.12 if bad else .02):
                earlier = [t for role, t in msgs if role == "assistant"]
                if earlier:
                    reply = earlier[-1]
            msgs.append(("assistant", reply))
            if bad and how in ("a_noresult", "a_misheard", "a_off",
                               "a_cannot"):
                label[0] = min(.97, label[0] + .1)
        elif r.random() < .2:
            msgs.append(("assistant", self.say("a_ask", lang)))
        msgs.append(("user", text))
        return msgs, label
