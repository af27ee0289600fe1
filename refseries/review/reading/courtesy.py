# SPDX-License-Identifier: GPL-2.0-or-later
"""What asks for nothing: thanks, praise, agreement, and the word that a patch was taken; pure.

A text asks for nothing only if every clause of it is known to: a word that is not in these tables
makes a task. So what is missing here costs somebody a task too many, and never one too few.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Courtesy(StrEnum):
    """What a text that asks for nothing says instead."""

    TAKEN = "says that it was taken"
    AGREEMENT = "agrees"
    THANKS = "thanks or praises"
    REMINDS = "reminds of the mail"
    ANNOUNCES = "announces what follows"
    WAITS = "says what it waits for"


_LONGEST = 500
"""Characters; what is longer says more than thanks."""

# A word of these, and the text is left to a person.
_DOUBT = re.compile(
    r"\?(?!\w)|\b(?:but|however|though|although|please|pls|[cw]ould|should|shall|must|can you"
    r"|needs?"
    r"|have to|has to|why|what|how|where|whether|unless|except|apart|instead|rather|wrong|missing"
    r"|miss(?:es|ed)|fail\w*|break\w*|broken?|crash\w*|leaks?|errors?|warnings?|conflicts?"
    r"|regress\w*"
    r"|nits?|typos?|rename|reword|resend|respin|rebase|remove|drop(?:ped)?|split|revert\w*|doesn't"
    r"|does not|don't|didn't|isn't|aren't|won't|can't|cannot|not|never|if|once|until|only"
    r"|still need)"
    r"\b",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"\b(?:no|any|without(?: any)?) (?:new )?(?:errors?|warnings?|regressions?|conflicts?|failures?"
    r"|issues?|problems?)\b|\b(?:fix|resolv|solv|cur)e[sd]? (?:the|my|a|that|this)(?: \w+){0,3}?"
    r" (?:crash|leak|warning|error|regression|failure)(?:e?s)?\b"
    r"|\bshould (?:appear|show up|be) in\b|\bnever ?mind\b"
    r"|\bi(?:'d| had)? (?:\w+ )?missed (?:that|it|this)\b"
    r"|\b(?:away|office|leave|vacation|holidays?|pto) until\b|\bwhy not\b|\bnot bad\b|\bif (?:it"
    r"|that) helps\b",
    re.IGNORECASE,
)

_REMARKS = (
    r"(?:(?:(?:an?|some|few|more|other|minor|small|tiny|quick|couple of|several|my|just|only|also)"
    r" ){0,4}(?:\w{1,10} )?(?:comments?|remarks?|notes?|questions?|nits?|nitpicks?|suggestions?)"
    r"(?: and (?:comments?|remarks?|questions?|nits?|suggestions?))?)"
)
_HERE = r"(?: (?:here|inline|in-line|below|follow(?:s|ing)?|in the (?:code|patch(?:es)?)))+"
_ANNOUNCED = (
    rf"(?:(?:please )?(?:see|find) )?{_REMARKS}{_HERE}"
    rf"|(?:(?:i have|i've|there are|there is|here are|with|except for|apart from) )?(?:just )?"
    r"(?:an?|some|a few|few|a couple of|several|two|three) "
    r"(?:(?:minor|small|tiny|quick|more|other|further) )*"
    r"(?:comments?|remarks?|questions?|nits?|nitpicks?|suggestions?)(?: (?:on|about) "
    r"(?:it|this|that|the (?:patch|series)))?"
    r"|(?:please )?see (?:the )?(?:individual|other|single) (?:patches|mails|replies)"
    rf"|(?:more|details?){_HERE}"
)
_ANNOUNCING = re.compile(
    rf"\b(?:please )?(?:see|find) {_REMARKS}{_HERE}|\b(?:except for|apart from) (?:some|a few"
    r"|a couple of) (?:\w+ )?(?:comments?|nits?|questions?|remarks?)\b"
    r"|\b(?:just )?(?:an?|one|some|a few|a couple of|two|three) (?:\w+ )?nits?\b"
    r"(?=\s*(?:$|[:,.]|below|inline|here|follow))"
    r"|\bplease see (?:the )?(?:individual|other|single) (?:patches|mails|replies)\b",
    re.IGNORECASE,
)
_REMINDER = (
    r"(?:(?:just|only|an?|another|gentle|friendly|kind|polite|quick|second|final|last|this is) )*"
    r"(?:ping|reminder|bump)(?: (?:on|for|about|regarding|now|after|here|again|to)\b"
    r" ?[\w /.,'()-]{0,80})?"
)

# What he does himself: "I'll see if I can find out", "let me send a patch for that later".
_OWN_DEED = re.compile(
    r"\b(?:other than|apart from|aside from|except for|besides) (?:that|this|those|the above)\b"
    r"|\bnot? that i(?:'m aware| am aware| know) of\b"
    r"|\b(?:see|check|find out) (?:if|whether|what|how|why) i can\b",
    re.IGNORECASE,
)
_PROMISE = (
    r"(?:i(?:'ll| will)|let me) (?:also |then |now )*(?:try|check|send|post|write|prepare|test)"
    r"(?: (?!(?:you|your|when|after|before|with|add|use|and|once)\b)[\w'/.-]+){1,10}"
    r"|(?:i(?:'ll| will)|let me) see (?:if|whether|what|how) i can(?: [\w'/.-]+){1,10}"
)
# "It is the merge window, nothing moves until -rc1."
_WAITS = re.compile(
    r"(?:(?:it is|it's|this is|we are|we're)(?: (?:still|now|already|in|the|middle|of)){0,6}"
    r" merge window|(?:because of|due to|during) the merge window),?(?: (?:and|so))?"
    r" (?:nothing|(?:i|we) (?:won't|will not|do not|don't|can ?not|can't)) [\w ]{1,60}"
    r" (?:until|till|before|after|when|once) [\w .-]{1,60}(?:, sorry[.!]?)?",
    re.IGNORECASE,
)
_WANTS = re.compile(
    r"[?]|\b(?:please|pls|should|must|[cw]ould|resend|re-?post|post|resubmit|rebase|base|respin"
    r"|send|add|use|do it|make|needs? to|have to|has to)\b",
    re.IGNORECASE,
)

_IT = (
    r"(?:(?:it|this|that|these|they|those|all|both|everything|(?:the|this|these|whole|entire"
    r"|your|my)"
    r"(?: (?:whole|entire|new|other|last|first|updated))?"
    r" (?:rest(?: of (?:it|this|them|the (?:series|patch(?:es|set)?)))?|series|patch(?:es|set)?"
    r"|set|v\d+|version"
    r"|change(?:s)?|fix|cleanup|idea|approach|code|diff|explanation|plan|others?|commit|result|one)"
    r"|series|patch(?:es)?|rest|v\d+|patch(?:es)? [\d ,/&-]*\d(?: and \d+)?|all (?:of )?(?:it"
    r"|this|these|them))"
    r"(?: all| both| itself| still| also| now| really| here)*)"
)
_IS = r"(?:looks?|seems?|sounds?|is|are|'s|was|reads?|works?|feels?)"
_VERY = r"(?:(?:very|pretty|really|quite|so|much|all|perfectly|now|just|still|absolutely|fairly) )*"
_GOOD = (
    r"(?:good|great|fine|ok(?:ay)?|nice|sane|reasonable|correct|right|sensible|clean|solid|neat"
    r"|useful|excellent|perfect|clear|lovely|awesome|well|sound|cool|plausible|true|fair|lgtm"
    r"|better"
    r"|straightforward|obvious|trivial|interesting|a (?:good|nice|great|useful"
    r"|neat) (?:\w+ ){0,2}\w+)"
)
_TO_ME = (
    r"(?: (?:to|for|by|with) (?:me|us)| now| otherwise| as (?:is|well)| too| here| overall"
    r"| from (?:my|our|here|an?)(?: (?!(?:from|to|for|by|with|now|otherwise|as|too|here|overall|in"
    r"|enough|on|already|then|indeed|so|anyway)\b)[\w-]+){0,3}| in general| enough"
    r"| on my (?:end|side)| already| then| indeed| so far| in principle| anyway)*"
)
_THANKS = (
    r"(?:(?:many|big|and|again|huge|much|a lot of) )*(?:thanks|thank you|thank-you|thx|tnx|cheers"
    r"|ta|tyvm|danke|merci|much appreciated|(?:i )?appreciate (?:it|that|this)|kudos|congrat\w*)"
    r"(?: (?:a lot|a bunch|a ton|again|all|everyone|everybody|both|guys|folks|so much|very much"
    r"|in advance|to (?:all|everyone|both|you)|indeed))*(?: (?-i:[A-Z])[\w'-]+){0,2}"
    r"(?: (?:a lot|again|so much|very much))?"
    r"(?: (?:for|to) [\w'/+ -]{1,100})?"
)
_PRAISE = (
    rf"(?:{_IT} ?{_IS} |{_IS} |all ){_VERY}{_GOOD}{_TO_ME}"
    rf"|(?:(?:the |this |whole |entire )*(?:series|patch(?:es|set)?|doc\w*|code|v\d+|all|it"
    rf"|rest) )?lgtm{_TO_ME}"
    rf"|{_VERY}(?:good|nice|great|excellent|amazing|awesome|fantastic|impressive|super|brilliant"
    rf"|solid)"
    r"(?: (?:work|one|catch|find|finding|job|stuff|cleanup|clean-up|series|fix|idea"
    r"|simplification|patch(?:es)?"
    r"|improvement|point|question|to (?:know|see|hear)|news|change(?:s)?|explanation|analysis"
    r"|debugging|spot|spotting|write-?up|summary|optimi[sz]ation|trick|touch|effort|progress|read))?"
    rf"(?: (?:on|with|by) (?:{_IT}|you))?(?: (?:everyone|everybody|all|both|guys|folks))?"
    r"|(?:well done|perfect|wonderful|neat|lovely|sweet|cool|wow|you(?:'re| are) (?:awesome"
    r"|welcome|the best)"
    r"|(?:i )?(?:really )?(?:like|love) (?:it|this|that|the (?:idea|approach|series|patch"
    r"|change))(?: a lot)?"
    r"|(?:it|this)(?: is|'s| was) (?:such )?(?:a|my) (?:real |great )?(?:pleasure|joy|delight)"
    r" to (?:read|review|test|use|see)(?: [\w' ]{1,40})?"
    r"|(?:i )?(?:really |do )?appreciate (?:the|all the|your) (?:\w+ )?(?:effort|work|time|patience"
    r"|help|care|quick \w+)(?: [\w' ]{1,60})?|i learned (?:something|a lot)(?: [\w' ]{1,30})?"
    r"|(?:i(?:'m| am) )?(?:very |so )?(?:glad|happy|nice|good) (?:to (?:see|hear"
    r"|read) [\w' ]{1,60}|you [\w' ]{1,50}))"
)
_AGREEMENT = (
    r"(?:yes|yeah|yep|yup|ok(?:ay)?|sure|right|true|exactly|indeed|agree|agreed|absolutely"
    r"|definitely"
    r"|of course|correct|precisely|quite|ack|acked|alright|all right|\+1|same here|me too"
    r"|fair enough"
    r"|fair point|good point|got it|gotcha|understood|noted|(?:now )?i (?:see|understand"
    r"|get it)(?: now)?|ah|oh|oh yes|ah yes"
    r"|ah ok(?:ay)?|aha|h+m+|well|so|great|fine|roger|no|nope|voilà|done)"
    rf"|{_IT} ?{_IS} {_VERY}(?:right|correct|true|fair|sensible|reasonable){_TO_ME}"
    rf"|(?:{_IT} )?(?:does )?(?:now )?makes? (?:(?:a lot of|perfect|total|more|much more"
    rf"|complete) )?sense{_TO_ME}"
    r"|(?:fine|ok(?:ay)?|good|works|sounds good) (?:by|with|for|to) (?:me|us)"
    r"|(?:i )?(?:(?:fully|totally|completely|also|do|tend to|strongly|wholeheartedly) )?agree"
    r"(?: (?:with|on|to) (?:you|that|this|him|her|them|it|all of (?:that|this)|(?-i:[A-Z])[\w'-]+"
    r"|(?:the|your) (?:above|approach|change|idea|patch|assessment|analysis|reasoning"
    r"|conclusion)))?"
    r"(?: (?:here|completely|fully|too|as well))*"
    r"|i(?:'m| am) (?:ok|okay|fine|good|happy|cool|all for|on board|in favou?r)"
    r"(?: (?:with|of|about|on))?(?: (?:it|this|that|either|both|the (?:patch|series|change"
    r"|approach)))?"
    r"(?: (?:way|then|as is|as it (?:is|stands)|now|too))*"
    r"|ship it|(?:i(?:'ll| will) )?wait for (?:the )?(?:other )?(?:maintainers?|reviewers?|others)"
    r"|(?:i have |there are |i've )?no(?: (?:more|further|other|strong|real|major))*"
    r" (?:worries|problems?|objections?|complaints?|concerns?|issues?|comments?|questions?|opinion"
    r"|preference|remarks?)(?: (?:from (?:me|my side|our side|here)|here|on my side"
    r"|about (?:this|that|it)"
    r"|with (?:this|that|it)|at all|either way))*"
    r"|nothing (?:more |else )?(?:to add|from me|from my side)"
    r"|(?:that|this|which) (?:explains|clarifies|answers) (?:it|that|this|my question|everything)"
    rf"|(?:yes |and |so |ah )*you(?:'re| are) (?:absolutely |quite |totally )?(?:right"
    rf"|correct){_TO_ME}"
    r"|(?:i )?(?:stand )?corrected|i (?:had )?(?:missed|overlooked) that|my (?:bad|mistake)"
    r"|(?:sorry|apologies)(?: (?:about|for) (?:the|my) (?:noise|delay|late (?:reply|answer"
    r"|response)|confusion))?"
    r"|(?:i(?:'ll| will| am going to|'m going to) |will |let me )(?:also |then |try to |now )*"
    r"(?:take (?:a (?:closer |quick )?look|it|this|these|them)|have a (?:closer )?look(?: at"
    r" (?:it|this|that|them))?"
    r"|look (?:at|into) (?:it|this|that|them)"
    r"|review (?:it|this|that|them|the series)|(?:re-?)?test (?:it|this|that|them|the series)"
    r"|queue(?: it| this)?(?: up)?"
    r"|apply (?:it|this|them)|pick (?:it|this|them)(?: up)?|merge (?:it|this|them)|do (?:so|that"
    r"|it)|try (?:it|this|that)(?: out)?)"
    r"(?: (?:up|later|soon|today|tomorrow|tonight|shortly|next week|this week|then|again|for \S+"
    r"|tomorrow morning))*"
    r"|i(?:'m| am|'ll be| will be) (?:currently |now )?(?:away|out of (?:the )?office"
    r"|on (?:\w{1,12} )?(?:leave|vacation|holidays?|pto))(?: (?:until|till|from|next|this|for)"
    r"(?: [\w.]{1,12}){1,4})*"
    r"|either(?: way| one)? (?:is|works|sounds) (?:fine|good|ok(?:ay)?)(?: (?:with|for|by) (?:me"
    r"|us))?"
    r"|(?:it's |that's )?(?:up to you|your (?:call|choice))|sounds like a (?:\w+ )?(?:plan|idea"
    r"|deal)"
    r"|ha+h?|i(?:'d| had)? (?:\w+ )?missed (?:that|it|this)(?: one)?"
    r"|never ?mind(?: me| that| this)?"
    r"|i (?:misread|misunderstood|overlooked|confused)"
    r" (?:that|it|this|things|(?:the|your|this) (?:code|patch|diff|mail|context|question|comment))"
    r"(?: here)?"
    r"|(?:fwiw|for what it'?s worth|imho?|in my opinion)"
    r"|including (?:the )?(?:documentation|docs|cover letter|changelogs?"
    r"|commit (?:messages?|descriptions?))"
    r"|not? that i(?:'m aware| am aware| know) of"
    r"|(?:i(?:'ll| will) )?(?:give|gave) (?:it|this|that|them) a"
    r" (?:spin|try|go|test(?: run)?|look)"
    r"(?: (?:later|soon|today|tomorrow|tonight|shortly|this week|now))*"
    r"|(?:that|this|it)(?:'s| is| was) (?:exactly |clearly |surely )?the right"
    r" (?:thing|way|approach) (?:to do|to go|forward)?(?: (?:here|now))?"
    r"|(?:it|this|that)(?:'s| has| is)(?: been)? (?:long )?(?:on my (?:to-?do )?list|overdue)"
    r"(?: (?:for|since) [\w ]{1,30})?"
    rf"|{_IT} (?:is |looks )?(?:now )?ready(?: to go(?: in)?| to be (?:merged|applied))?"
    rf"|{_IT} (?:really |indeed |also )?(?:fixes|resolves|solves|cures)"
    r" (?:it|this|that|(?:the|my|a|that|this) (?:\w+ ){0,3}?(?:issue|bug|problem|crash|hang|leak"
    r"|splat|warning|error|regression|failure)"
    r"(?:e?s)?)(?: (?:for me|here|i (?:see|saw|was seeing|reported|hit|had))){0,2}"
    r"|looking forward(?: to [\w' ]{1,60})?|(?:have a )?(?:happy|nice|good|merry) (?:weekend"
    r"|holidays?|new year|christmas|day|evening)"
    r"|(?:i(?:'ve| have)? )?(?:just |also |now )*(?:(?:boot|build|compile|run|smoke|re"
    r"|lightly)[ -]?)?(?:tested|reviewed|verified|confirmed)"
    r"(?: (?:it|this|that|these|them|(?:the|this) (?:series|patch(?:es)?|set)))?(?: (?:on|with"
    r"|in|against|using|under) [\w .,/+-]{1,80})?"
    rf"|{_IT} (?:still |now |also )?(?:works?|boots?|builds?|passes|applies)(?: (?:fine|well"
    rf"|cleanly|great|as expected|perfectly|all (?:my|our) tests))*{_TO_ME}"
    r"|(?:no|without)(?: any)?(?: new)? (?:issues?|problems?|regressions?|errors?|warnings?"
    r"|failures?)(?: (?:seen|found|here|noticed|observed))*"
)
# One word each, so that there is one way to read a text: see _PLACED.
_WHAT = (
    r"(?:(?:i|we)(?:'ve|'m)?|am|gone|ahead|this|it|that|all|both|these|they|those"
    r"|everything|series|whole|entire|still|others?"
    r"|patchset|the|patch(?:es)?|#?\d[\d,/&-]*|&|v\d+|1st|2nd"
    r"|first|second|last|rest"
    r"|remaining|of|two|three|four|five|is|was|are|were|been|has|have|be|now|also|just|already"
    r"|so|and"
    r"|tentatively|manually|finally)"
)
_TAKEN = (
    r"(?:applied|applying|queued|queueing|queuing|picked(?: up)?|pushed|pushing|merged|pulled"
    r"|landed|staged|accepted"
    r"|taken|took|added|committed|included)"
)
_THEM = (
    r"(?: (?:up|it|this|them|these|all|both|now|too|as well|here|everything|the|whole|series"
    r"|patch(?:es|set)?|and|#?\d[\d,/&-]*|&|v\d+|by hand|manually|locally"
    r"|already|cleanly|again))*"
)
# Each of these begins a part of its own: two ways to read a text would be as many as 2 to the Nth.
_PLACED = r"(?:to|into|onto|on|in|for|as|through|via|by|from|with|at|against)"
_SOMEWHERE = rf"(?: {_PLACED}(?: (?!{_PLACED}(?:\s|\Z))[^\s,;]+){{0,8}})*"
_APPLIED = (
    rf"(?:{_WHAT} )*{_TAKEN}{_THEM}{_SOMEWHERE}"
    rf"|(?:{_WHAT} )*in (?:my|our|the) (?:\S+ )?(?:tree|queue|branch)(?: now)?"
    rf"{_SOMEWHERE}"
    rf"|(?:i(?:'ll| will)|(?:{_IT} )?(?:will|(?:is|are) going to)) (?:take|carry|route|queue"
    rf"|merge|go"
    rf"|be sent){_THEM} (?:up |in )?(?:through|via|to linus|upstream){_SOMEWHERE}(?:"
    rf" [\w.-]+){{0,4}}"
    r"|patch(?:es)? in (?:the|this) \S+ (?:branch|tree) should (?:appear|show up|be) in \S+"
    r"(?: soon| shortly)?"
)
_TREE = re.compile(
    r"\b(?:tree|queue|branch(?:es)?|master|main|next|fixes|mainline|stable|upstream|rc\d+"
    r"|staging|urgent"
    r"|testing|for-\w+|[\w-]+-next|linux-\w+|\S+\.git|v?\d\.\d+\w*|repo\w*|pile|trunk|mm-\w+"
    r"|git|merge window|pull request)\b",
    re.IGNORECASE,
)
# Words that are said of more than patches: "added in v5.4" is about something else.
_WEAK = re.compile(r"\b(?:taken|took|added|committed|included|landed)\b", re.IGNORECASE)
_SURELY_TAKEN = re.compile(
    r"(?:(?:now|all|both|series|patch(?:es)?(?: [\d,/ -]+)?|whole|and|#?\d+(?:[-/]\d+)?|also) )*"
    rf"(?:applied|queued|picked up|pushed|merged|pulled)(?: up)?{_THEM}(?: (?:to|into|for|on"
    rf"|in) \S+)?",
    re.IGNORECASE,
)

_CLAUSES = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (Courtesy.TAKEN, _APPLIED),
        (Courtesy.AGREEMENT, _AGREEMENT),
        (Courtesy.THANKS, rf"{_THANKS}|{_PRAISE}"),
        (Courtesy.REMINDS, _REMINDER),
        (Courtesy.AGREEMENT, _PROMISE),
        (Courtesy.ANNOUNCES, _ANNOUNCED),
    )
)
_SENTENCES = re.compile(r"(?<=[.!])[\s)]+|[.!]+\)?\Z|\s+[-–—]+\s+|\s*[;:]\s+|\s*:\Z")
_COMMAS = re.compile(r"\s*[,()!]\s*")
_ANDS = re.compile(r"\s+(?:and|so|then|while|as)\s+")
_SMILE = re.compile(
    r"(?:^|\s)[:;8][-^']?[)D(Pp|](?=\s|$|[.,])|[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f]"
)
_NAME = re.compile(r"[A-Z]\w{1,20}(?: [A-Z][\w.'-]{0,20}){0,2}")
_FILLER = re.compile(
    r"(?:(?:ok(?:ay)?|yes|yeah|yep|ah|oh|h+m+|right|great|cool|sure|indeed|also|nice|perfect|good"
    r"|and|so|well|anyway|agreed|i think|i guess|otherwise|for (?:this|the) (?:series|patch)"
    r"|(?:other than|apart from|aside from|except for|besides) (?:that|this|those|the above)"
    r"|in short|with my [\w /-]{1,30} hat on"
    r"|from an? [\w -]{1,20} (?:perspective|point of view|pov|standpoint|side)"
    r"|(?:on|at) (?:a )?(?:second|closer) (?:look|thought|glance))\b[,.!]*\s*)+",
    re.IGNORECASE,
)


def of(text: str) -> Courtesy | None:
    """What a paragraph says that asks for nothing; None where it may ask for something.

    Args:
        text: its lines, joined or not.
    """
    if len(text) > 4 * _LONGEST:
        return None
    text = " ".join(_SMILE.sub(" ", text.replace("’", "'").replace("\xa0", " ")).split())
    if len(text) <= _LONGEST and _WAITS.fullmatch(text) and not _WANTS.search(text):
        return Courtesy.WAITS
    if not text or len(text) > _LONGEST or _DOUBT.search(_harmless(text)):
        return None
    kinds: set[Courtesy] = set()
    for sentence in filter(None, (part.strip(" .!)(") for part in _SENTENCES.split(text))):
        if not _says(sentence, kinds, text):
            return None
    return next((kind for kind in Courtesy if kind in kinds), None)


def _harmless(text: str) -> str:
    """``text`` without words that ask for something in other places only."""
    for pattern in (_ANNOUNCING, _OWN_DEED, _HARMLESS):
        text = pattern.sub(" ", text)
    return text


def _says(sentence: str, kinds: set[Courtesy], text: str) -> bool:
    """Whether each clause of ``sentence`` asks for nothing; puts what they say into ``kinds``."""
    if kind := _clause(sentence, text):
        kinds.add(kind)
        return True
    clauses = [clause.strip(" .!") for clause in _COMMAS.split(sentence)]
    for clause in filter(None, clauses):
        parts = [clause] if _clause(clause, text) else _ANDS.split(clause)
        for part in filter(None, parts):
            kind = _clause(part, text)
            # "Thanks, Ada" and "Ada, thanks".
            if kind is None and not (len(clauses) > 1 and _NAME.fullmatch(part)):
                return False
            kinds.add(kind or Courtesy.THANKS)
    return len(kinds) > 0


def _clause(clause: str, text: str) -> Courtesy | None:
    bare = _FILLER.sub("", clause, count=1) if _FILLER.match(clause) else clause
    for candidate in (clause, bare):
        for kind, pattern in _CLAUSES:
            if not pattern.fullmatch(candidate):
                continue
            if kind is not Courtesy.TAKEN or _is_taken(candidate, text):
                return kind
    return Courtesy.AGREEMENT if not bare else None


def _is_taken(clause: str, text: str) -> bool:
    """Whether it is the patch that was taken: "this is queued in reverse order" says otherwise."""
    tree = _TREE.search(clause)
    if _SURELY_TAKEN.fullmatch(clause) or (tree and not (_WEAK.search(clause) and "." in tree[0])):
        return True
    return re.search(r"\b(?:thanks|thank you|cheers|thx)\b", text, re.IGNORECASE) is not None
