"""What we believe about each feature before any training.

Log odds per unit of a feature, by pattern.  Training pulls the weights from
here towards the data, and no further than the data insist: the labelled sets
are not task dialogues, and the templates are ours.
"""
PRIORS = {
    "user-frustration": dict({
        "bias": -2.7, "strong": 1.6, "profane": .9, "neg": .5, "wait": .6,
        "again": .45, "already": .8, "correct": .8, "no_start": .4,
        "yes_start": -.6, "nohelp": .9, "failreport": .7, "human": .9,
        "quit": .6, "confused": .45, "doubt": .4, "dislike": .6,
        "settle": .35, "intens": .1, "urgent": .2, "svcneg": .1,
        "polite": -.3, "thanks": -.8, "praise": -.8, "bye": -.5,
        "request": -.25, "inform": -.3, "negator": .25,
        "a_apology": .5, "a_cannot": .35, "a_noresult": .6,
        "a_askrepeat": .45, "a_offer": -.05, "a_success": -.25,
        "a_anything": -.3, "a_refuse": .4, "a_wait": .15, "a_dm": .15,
        "a_greet": -.2}, **{
        "negated praise": .8, "negated complaint": -.2, "short": -.1,
        "long": .1, "questions": .4, "exclaim": .2, "caps": .5,
        "stretched": .3, "ellipsis": .2, "number": -.1, "only marks": .8,
        "emotion": .3, "confusion": .1, "service": .5, "good": -.25,
        "first": -.3, "turns": .25, "repeat last": .6, "repeat any": .8,
        "repeat exact": .8, "contained": .3, "echo": -.1, "agent repeats": .4,
        "agent same": .6, "agent asks": -.1, "agent empty": .3,
        "agent off": .3, "agent wording": .25, "mood": .25, "mood max": .15, "trouble": .35,
        "agent trouble": .25, "no after offer": -.1, "no after ask": -.3,
        "no after say": .6, "first failure": -.6, "no closing": -1.0, "answers": -.4,
        "after no result": .4, "neg after sorry": .2, "repeat asked": -.2,
        "correct done": .4, "thanks neg": .2, "thanks only": -.5,
        "request only": -.4, "emotion alone": .6, "service alone": .1,
        "good alone": -.2, "confusion alone": -.1,
        "neg count": .4, "asks back": .2}),
    "user-confusion": dict({
        "bias": -3.0, "confused": 1.5, "doubt": .4, "strong": -.1,
        "a_askrepeat": .2, "thanks": -.5, "praise": -.5, "bye": -.6,
        "request": -.3, "inform": -.4, "yes_start": -.4, "again": .1,
        "nohelp": .2, "correct": .1, "a_greet": -.1}, **{
        "only marks": 1.0, "question": .3, "questions": .5,
        "ellipsis": .2, "confusion": .5, "confusion alone": .6,
        "emotion": .05, "service": .1, "short ask": .5, "asks back": .5,
        "agent off": .3, "agent wording": .2, "request only": -.5,
        "agent same": .1}),
    "task-failure-reported": dict({
        "bias": -3.1, "failreport": 1.6, "nohelp": .7, "again": .5,
        "wait": .4, "correct": .6, "neg": .4, "strong": .2, "quit": .3,
        "human": .2, "already": .3, "confused": .1, "doubt": .3,
        "thanks": -.6, "praise": -.7, "bye": -.5, "request": -.3,
        "inform": -.4, "yes_start": -.4, "no_start": .2, "polite": -.2,
        "a_success": .2, "a_noresult": .2, "a_apology": .2}, **{
        "negated praise": .4, "service": .5, "emotion": .05, "good": -.3,
        "first": -.2, "repeat any": .3, "correct done": .6,
        "trouble": .2, "agent off": .3, "agent wording": .25, "no after say": .4,
        "no closing": -.8, "request only": -.5, "neg count": .2,
        "answers": -.3}),
    "user-repeats-request": dict({
        "bias": -3.2, "already": .9, "again": .4, "thanks": -.6,
        "praise": -.6, "bye": -.6, "correct": .2, "answers": -.5}, **{
        "repeat last": .8, "repeat any": 2.4, "repeat exact": 1.5,
        "contained": .8,
        "repeat asked": .3, "agent repeats": .2, "thanks only": -.4,
        "answers": -.5}),
    "user-corrects-agent": dict({
        "bias": -3.2, "correct": 1.5, "no_start": .7, "already": .3,
        "doubt": .1, "dislike": .2, "thanks": -.7, "praise": -.6,
        "bye": -1.0, "yes_start": -.6, "confused": -.1, "failreport": .2,
        "request": -.1, "a_success": .1}, **{
        "no after say": .7, "no after offer": -.3, "no after ask": -.4,
        "no closing": -2.0, "correct done": .6, "first": -1.0,
        "alone": -.3, "service": .2, "answers": -.5, "agent off": .2}),
    "user-praises": dict({
        "bias": -2.6, "thanks": 1.3, "praise": 1.0, "bye": .2,
        "strong": -.9, "neg": -.5, "profane": -.4, "wait": -.5,
        "again": -.2, "nohelp": -.8, "failreport": -.8, "correct": -.5,
        "request": -.5, "confused": -.5, "negator": -.1,
        "a_success": .2}, **{
        "negated praise": -1.3, "good": .7, "good alone": .2,
        "emotion": -.2, "thanks only": .8, "question": -.5,
        "neg count": -.5, "thanks neg": -.6, "service": -.2,
        "no closing": -.2}),
}
