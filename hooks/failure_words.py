"""Whether a prompt describes a training run that goes wrong."""

from __future__ import annotations

import re

MAX_CHARACTERS = 4000  # a pasted log may be long; the complaint stands before or after it

_MEASURED = (
    r"(?:loss(?:es)?|perplexity|ppl|grad(?:ient)?s?(?:[ _]norms?)?|logits|weights|activations"
    r"|reward|accuracy|acc|f1|auc|kl|entropy|elbo|[mr]?mse|mae|bleu|m?iou|dice|wer|rouge|scale"
    r"|relus?|q[- ]?values?|critic|val(?:idation)?|loss_\w+)"
)
_TRAINED = (
    r"(?:train(?:ing)?|run|fine-?tun\w+|model|network|net|transformer|classifier|lora|gan|policy"
    r"|discriminator|generator|epoch)"
)
_NOT = (
    r"(?:not|n't|never|cannot|no longer|stopped|stops|refuses? to|fails? to|barely|hardly"
    r"|slow to|nothing is)"
)
# Said of anything that trains or is measured in training, these mean one thing.
_OF_TRAINING = (
    r"(?:nans?|inf|infinity|infinite|diverg\w*|explo[ds]\w*|blow(?:s|n|ing)?[ -]up|blew[ -]up"
    r"|vanish\w*|collaps\w*|overfit\w*|underfit\w*|memori[sz]e[sd]|off the rails|chance level"
    r"|same (?:\w+ )?(?:for|every)|(?:very |so )?unstable"
    r"|no improvement|stall(?:s|ed|ing)?|worse than (?:random|chance|guess\w+)"
    r"|(?:at|below|like) (?:random|chance)"
    r"|no better than (?:random|chance|guess\w*|a coin|the majority)|learn(?:s|ed|ing)? nothing"
    r"|over fit\w*"
    r"|(?:hangs|hung|freezes|froze|got killed|was killed)"
    rf"|{_NOT} (?:\w+ ){{0,2}}?(?:learn\w*|converg\w*|improv\w*|generali[sz]\w*))"
)
# These only of what is measured.
_OF_NUMBERS = (
    r"(?:spik(?:e|es|ed|ing|y)|stuck|plateau\w*|flat(?:lines?|lined)?|oscillat\w*"
    r"|weird|strange|dead|twice what|can't be right|cannot be right|falls? apart"
    r"|(?:goes?|going|went|jump(?:s|ed)|shoots|creep(?:s|ing)) (?:back )?up"
    r"|(?:is|are|keeps?|starts?|started) (?:\w+ )?(?:increasing|rising|growing|climbing|zero)"
    r"|increases?|increased|climb(?:s|ed|ing)|rising|crash(?:es|ed)|sawtooth|negative"
    r"|(?:been )?frozen at|(?:sits|sitting) at|terrible|awful|garbage|suddenly|forever"
    r"|drops? (?:after|at|when|every|suddenly|off)|higher than|never comes down"
    r"|jump(?:s|ed)? (?:from|to|after|at|when|back|every|by)|all over the place"
    r"|(?:gets?|got|getting) worse|halving|degrad\w*"
    r"|flatten\w*|bounc\w+|jitter\w*|erratic\w*|zig-?zag\w*|wobbl\w+|bump(?:s|y)?|jagged|cliff"
    r"|(?:takes?|took|taking) off|sky-?rocket\w*|through the roof|deteriorat\w+"
    r"|tank(?:s|ed)|plummet\w*|nosediv\w+|suspicious\w*|too good to be true"
    r"|runs? away|shoots? up|starts? over|(?:rises?|rose)\b(?! by)|doubl(?:es|ed)|trend\w* up"
    r"|(?:stays?|is|remains?|at) exactly"
    r"|(?:goes|drops|dropped|went) to (?:zero|0)"
    r"|(?:stay(?:s|ing|ed)?|hover\w*|remains?) (?:at|around|near|constant|the same|flat)"
    rf"|{_NOT} (?:\w+ ){{0,2}}?(?:de?cre\w*|fall\w*|com(?:e|es|ing) down"
    r"|go(?:es|ing)? (?:down|below|under)|drop\w*|chang\w*"
    r"|mov(?:e|es|ed|ing)|budg\w*))"
)
_GAP = r"(?:[^.!?\n]|\.(?=\d)){0,60}?"  # within one sentence; 2.3 ends none
_NO_MEMORY = r"(?:out of memory|oom(?:s|ed|ing)?)"
_DEVICE = (
    r"(?:cuda|gpus?|vram|train(?:ing)?|fine-?tun\w+|epoch|batch(?:[ _]size)?|step \d+|backward)"
)
_SAYS = r"(?:says?|predicts?|outputs?|generates?|produces?|returns?)"
_NOTHING_OF_USE = (
    r"(?:garbage|gibberish|nonsense|noise|blank|black|empty|all zeros?|constant|identical"
    r"|the same|one class)"
)
# A training that breaks off, and what a network gives out that has learned nothing.
_BROKEN_OFF = (
    r"\b(?:train\w*|fine-?tun\w+|(?:fp16|bf16|amp) run)\b[^.!?\n]{0,40}"
    r"\b(?:dies|died|sigkill|segfaults?|exit code|overflow\w*|killed|diverge\w*)\b"
    r"|\bcuda error\b|\bdevice-side assert\b|\billegal memory access\b"
    r"|\b(?:runs?|ran|running) out of (?:gpu memory|vram)\b|\bfalls? apart\b[^.!?\n]{0,30}\bwarm"
    r"|\b(?:was|were) (?:learning|training|converging) (?:fine|well|nicely)[^!?]{0,60}"
    r"\b(?:until|but|then|suddenly)\b"
    r"|\b(?:agent|policy|model|network|rnn|lstm)\b[^.!?\n]{0,60}"
    r"\b(?:unlearn\w*|forgets everything|stopped improving)\b"
)
_USELESS = (
    r"\b(?:network|net|classifier|model|head|cnn|lstm|bert)\b[^.!?\n]{0,30}"
    r"\b(?:predicts?|outputs?|says?|gives?)\b[^.!?\n]{0,30}\bfor (?:every|each|all|any)\b"
    r"|\b(?:samples?|generations?|generated \w+|decoder)\b[^.!?\n]{0,20}"
    r"\b(?:are|is|look|looks) (?:all|just|only|always|nothing but|pure)\b"
    r"|\b(?:model|network|classifier)\b[^!?\n]{0,40}\b(?:well|good|great|fine|perfect\w*) on"
    r" (?:the )?(?:train\w*|seen)\b[^!?\n]{0,40}\b(?:bad\w*|poor\w*|fails?|terribl\w+|unseen)\b"
    r"|\btrain\w* acc\w* (?:is |of |at )?[\d.]+[^!?\n]{0,20}\b(?:test|val\w*|eval\w*) acc\w*"
    r" (?:is |of |at )?[\d.]"
)
_SAME = r"(?:the |a |one )?(?:(?:very|exact(?:ly)?) )?(?:the )?(?:same|identical|single|one)"
# A part of the complaint, and all of it: the second is compiled only where the first is found.
_BY_PART = (
    (
        _OF_TRAINING,
        rf"\b(?:{_MEASURED}|{_TRAINED})\b{_GAP}(?:\b|(?=n't)){_OF_TRAINING}\b"
        rf"|\b{_OF_TRAINING} (?:\w+ ){{0,3}}?(?:{_MEASURED}|{_TRAINED})\b",
    ),
    (
        rf"\b(?:{_MEASURED}|spiky|flat|dead)\b",
        rf"\b{_MEASURED}\b{_GAP}(?:\b|(?=n't)){_OF_NUMBERS}\b"
        rf"|\b(?:spiky|flat|dead) (?:\w+ ){{0,3}}?(?:{_MEASURED}|{_TRAINED})\b",
    ),
    (
        _NO_MEMORY,
        rf"\b{_DEVICE}\b[^!?\n]{{0,60}}\b{_NO_MEMORY}\b"
        rf"|\b{_NO_MEMORY}\b[^!?\n]{{0,60}}\b{_DEVICE}\b",
    ),
    (
        _SAYS,
        rf"\b{_TRAINED}\b{_GAP}\b{_SAYS}\b[^.!?\n]{{0,25}}\b{_NOTHING_OF_USE}\b"
        rf"|\b{_TRAINED}\b{_GAP}\b(?:only|always|just|never) (?:ever )?{_SAYS}\b",
    ),
    (
        "loss",
        r"\b(?:resum|restart|reload)\w*\b[^!?\n]{0,80}"
        r"\bloss\b[^.!?\n]{0,40}\b(?:jump\w*|higher|back|worse|start\w*)\b"
        r"|\bloss\b[^.!?\n]{0,30}\b(?:steigt|sinkt nicht|bleibt|explodiert|h[aä]ngt|divergiert"
        r"|sube|no baja|se queda|explota|diverge|reste|augmente|monte|ne (?:baisse|descend|diminue)"
        r"|sale|non scende|n[aã]o (?:cai|diminui|desce))\b"
        r"|\bloss(?: is|=|:| =| becomes| goes to| stays)* (?:exactly )?0(?:\.0+)?(?![.\d])"
        r"|\blosses\b[^!?\n]{0,20}\b(?:still|stay|stuck|sit|remain)\b"
        r"|\bval\w* loss (?:is )?(?:much |far )?(?:lower|below|smaller)"
        r"|\b(?:different|diverging) (?:loss )?curves\b|\bloss(?:[ =:,]*(\d+\.\d+))(?:[ ,]+\1){2,}",
    ),
    (
        "train",
        r"\btraining\b[^.!?\n]{0,25}\bslow(?:er|s|ed)?\b"
        r"|\btrain\w*[^.!?\n]{0,25}\b(?:great|good|fine|perfect|low)\b[^.!?\n]{0,25}"
        r"\b(?:test|val\w*|eval\w*)\b[^.!?\n]{0,15}\b(?:terrible|bad|poor|awful|high|random)\b"
        r"|\btrain\w* acc\w*\W+[\d.]+%?[^.!?\n]{0,20}?\b(?:test|val\w*|eval\w*)(?: acc\w*)?\W+\d"
        r"|\bdebug (?:\w+ ){0,2}?training\b"
        r"|\bgap between train\w* and (?:val|eval|test)"
        r"|\b(?:doesn't|does not|didn't|will not) train\b",
    ),
    (r"\b(?:predict|output|says|gives|sampl|generat|decoder|train)", _USELESS),
)
_COMPLAINTS = (
    r"\b(?:keeps?|always|only|just) (?:producing|generating|predicting|outputting|repeating|saying)"
    rf" {_SAME}\b"
    rf"|{_BROKEN_OFF}"
    r"|\b(?:stays?|stayed|stuck|sits|remains?) at chance\b"
    r"|\bseeds?\b[^.!?\n]{0,40}\b(?:fail|diverge|collapse|explode|die|never)(?:s|d)?\b"
    r"|\b(?:loss|epochs?|acc|accuracy)\b[^!?]{0,160}"
    r"\bwhat (?:just |the hell |exactly )?(?:happened|went wrong|is going on|is wrong|goes wrong)\b"
    r"|\bnccl\b[^.!?\n]{0,40}\b(?:errors?|time(?:s|d)?[- ]?outs?|hang\w*)\b"
    r"|\b(?:ddp|fsdp|all-?reduce|rank \d+|dataloader)\b[^.!?\n]{0,60}"
    r"\b(?:hangs?|stuck|time(?:s|d)? ?out|freezes?|deadlocks?)\b"
    r"|\b(?:(?:val\w*|test|eval\w*|train\w*|top-?[15]|episode|mean)"
    r" (?:acc|reward|return|map|scores?)"
    r"|accuracy|f1|auc|bleu|m?iou)\b[^.!?\n]{0,40}"
    r"\b(?:drop(?:s|ped|ping)?|f[ae]ll(?:s|ing)?|sink(?:s|ing)|goes down|went down)\b"
    r"|\b(?:gpu memory|vram)\b[^.!?\n]{0,30}\b(?:grow\w*|creep\w*|leak\w*|climb\w*|increas\w*)\b"
    r"|\b(?:modell|netz\w*|mod[eè]le|r[eé]seau|modelo|red|modello|rete)\b[^.!?\n]{0,20}"
    r"(?:lernt (?:nicht|nichts|gar)|n'apprend|no aprende|non impara|n[aã]o aprende"
    r"|konvergiert nicht"
    r"|ne converge|no converge|non converge)"
    r"|\bspikes? (?:in|of) (?:\w+ ){0,3}?(?:loss|grad\w*|perplexity)\b"
    r"|\b(?:training|fine-?tuning|(?:training )?run)\b[^.!?\n]{0,20}?"
    r"\b(?:(?:fail|crash)(?:s|es|ed|ing)?\b(?! on\b)|died\b|unstable\b|stuck\b)"
    r"|^\s*(?:bad(?:ly)? |heavy |strong )?(?:over|under)fitting\b(?! and\b)"
    r"|^\W*(?:diverging|mode collapse|out of memory|oom)\b[^\n]{0,25}$"
    r"|\bbad gradients?\b|\bmode[- ]collaps\w+"
    r"|\b(?:all|every)(?: (?:the|my|its|our))? (?:outputs?|predictions?)\b[^.!?\n]{0,30}\bsame\b"
    r"|\b(?:all|every)(?: the)? (?:samples?|images?|generations?)\b[^.!?\n]{0,30}"
    r"\b(?:identical|same)\b"
    r"|\bnans? (?:in|at|after|from|during|when|with|loss|grad)\b"
    r"|\b(?:weird|strange|odd|sawtooth)\b[^.!?\n]{0,20}\b(?:loss|curves?)\b"
    r"|\b(?:outputs?|predicts?|generates?|repeats|produces?)(?: only| always| just)* the same\b"
    r"|\b(?:throughput|loss scaler?)\b[^.!?\n]{0,30}\b(?:down|drop\w*|halv\w+|slow\w*)\b"
    r"|\bnothing (?:improves|is learn\w+)\b|\b(?:bleu|accuracy|f1|m?iou|return)\b[^!?\n]{0,20}"
    r"(?:stays under|stuck|is stuck|exactly 0\.)|\boutofmemoryerror\b"
    r"|\bdiscriminator (?:always )?wins\b|\bmetrics? (?:got|gets?|getting) worse\b"
    r"|\bpredict(?:s|ing) (?:only |just |all |always )*"
    r"(?:zeros?|ones?|one class|nothing|the majority)"
    r"|\b(?:only|always|just) (?:ever )?(?:generates?|predicts?|outputs?|produces?)"
    r" (?:one|a single|the)\b"
    r"|\b(?:gradients?|grads?)(?: norms?)?(?: are| is| of)? (?:tiny|huge|enormous|gigantic|0\b|1e)"
    r"|\b(?:tiny|huge|enormous) grad(?:ient)?s?\b"
    r"|\b(?:we|it|i|is|are|'s|'re|keeps?|starts?|started)(?: \w+)? overfit(?:s|ting)?\b"
    rf"|(?:\b|(?=n't)){_NOT} (?:\w+ ){{0,2}}?(?:converg\w+|learned|learning)\b"
    r"|\b(?:get|gets|got|getting|see|seeing|gives?|produces?|becomes?|became) (?:\w+ )?nans?\b"
)
# Other trades have these words too; what is said of their things is no complaint of a run.
_ELSEWHERE = re.compile(
    r"\b(?:build|(?:unit )?tests?|py ?test|ci|jenkins|videos?"
    r"|pipeline|deploy\w*|branch(?:es)?|merge|server"
    r"|requests?|docker|imports?|install\w*|pip|lint\w*|compil\w*|cpu|columns?|rows?|dataframe"
    r"|csv|api|database|sql|connection|button|page|function|script|migration|typescript"
    r"|javascript)\b"
)
_NO_RUN = re.compile(
    r"\b(?:figma|photoshop|illustrator|svg|css|chrome|browser|blender|packets?|insurance"
    r"|(?:weight|hair|hearing|data|stop)[- ]loss)\b"
)
_OF_A_RUN = re.compile(
    r"\b(?:loss(?:es)?(?! function)|gradients?|grad|perplexity|epochs?|val(?:idation)?"
    r"|accuracy|train(?:ing)? (?:acc|set|data)"
    r"|overfit\w*|memori[sz]\w*)\b"
)
# "what is an exploding gradient", "add a check for NaN losses": a question about the word, or
# work to be done; not the complaint that "my", "why" and their like make of it.
_TASK = re.compile(
    r"\s*(?:please |can you |could you )?(?:what(?:'s| is| are| does| do)\b|define|explain|describe"
    r"|write|implement|add|create|build|make|refactor|rename|document|test|remove|plot|log|print)\b"
)
_OWN = re.compile(r"\b(?:my|our|why|wrong|caus\w*|happen\w*|going on|help|fix|debug)\b")
_DENIED = re.compile(
    r"\b(?:no longer|not|never|no|isn't|without)[ ](?:an? |any )?"
    r"(?:nans?|inf|diverg\w*|spik\w*|overfit\w*|explo[ds]\w*|stuck|vanish\w*)\b"
    r"|\bgradient (?:background|button|fill|overlay|border|text)\b"
    r"|\b(?:background|linear|css)[ -]gradient\b"
)
# "val_loss" is two words here.
_PART = re.compile(r"\b(train|val|valid|validation|eval|test|dev)_(?=loss|acc)")


def complaint_of(prompt: str) -> str:
    """What is looked at of a prompt: its head and its end, in small letters and plain quotes."""
    text = prompt[:MAX_CHARACTERS]
    if len(prompt) > MAX_CHARACTERS:
        text += "\n" + prompt[-MAX_CHARACTERS // 4 :]
    text = text.lower().replace("\u2019", "'").replace("won't", "will not")
    return _PART.sub(r"\1 ", text)


def describes_failure(prompt: str) -> bool:
    """Whether the prompt complains of a run: its loss, gradients or metrics go wrong."""
    text = complaint_of(prompt)
    if _TASK.match(text) and not _OWN.search(text):
        return False
    if _NO_RUN.search(text) or (_ELSEWHERE.search(text) and not _OF_A_RUN.search(text)):
        return False
    text = _DENIED.sub(" ", text)
    for part, whole in _BY_PART:
        if re.search(part, text) and re.search(whole, text):
            return True
    return re.search(_COMPLAINTS, text) is not None
