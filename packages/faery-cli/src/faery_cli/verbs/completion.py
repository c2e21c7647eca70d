"""`fae completion`: completion scripts for shells."""

from faery_cli.context import COMMON, Context
from faery_cli.registry import Parameter, stages
from faery_cli.units import Choice
from faery_cli.verbs._registry import Line, Verb, verbs

SHELLS = ("bash", "zsh", "fish")
COMMANDS = ("fae", "faery-cli")


ANY = "*"  # whatever the verb or stage is


def _formats() -> list[str]:
    """Names of the formats that are read or written."""
    from aestream_io.formats import formats
    from faery_cli.outputs import outputs

    return sorted({*(f.name for f in formats()), *(o.name for o in outputs())})


def _tables() -> tuple[dict[str, list[str]], dict[tuple[str, str], list[str]]]:
    """Words that may follow each verb or stage, and the values of its options."""
    from faery_cli.pictures.colormaps import colormap_names

    follow: dict[str, list[str]] = {}
    values = {
        (ANY, "--colormap"): list(colormap_names()),
        (ANY, "--format"): _formats(),
        (ANY, "--input-format"): _formats(),
        (ANY, "--progress"): ["auto", "plain", "none"],
    }
    for entry in (*verbs(), *stages()):
        words = []
        for parameter in entry.parameters:
            choices = parameter.kind.choices
            listed = list(choices()) if choices is not None else []
            if parameter.by_position:
                words += listed
            else:
                words.append(parameter.option)
            if listed:
                values[entry.name, parameter.option] = listed
        follow[entry.name] = words
    return follow, values


def _bash() -> str:
    follow, values = _tables()
    common = " ".join(p.option for p in COMMON)
    begin = " ".join(v.name for v in verbs())
    chain = " ".join(s.name for s in stages())
    cases = "\n".join(
        f"    {name}) words={' '.join(words)!r} ;;" for name, words in follow.items() if words
    )
    # Those of a verb or stage come before those that are the same everywhere.
    ordered = sorted(values.items(), key=lambda item: item[0][0] == ANY)
    options = "\n".join(
        f"    {'*' if head == ANY else head}' {option}') words={' '.join(listed)!r} ;;"
        for (head, option), listed in ordered
    )
    return f"""\
# Completion of fae for bash: eval "$(fae completion bash)"
_fae() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} words="" head=""
  local i start=1 files=1
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do [[ ${{COMP_WORDS[i]}} == : ]] && start=$((i + 1)); done
  head=${{COMP_WORDS[start]}}
  case "$head $before" in
{options}
  esac
  [[ -n $words || $current == -* ]] && files=
  if [[ -z $words ]]; then
    if ((COMP_CWORD == start && start > 1)); then words='{chain}'
    elif ((COMP_CWORD == 1)); then words='{begin}'
    elif [[ $before == help ]]; then words='{begin} {chain}'
    else
      case $head in
{cases}
      esac
      [[ $current == -* ]] && words="$words {common}"
    fi
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ -z $files ]] || COMPREPLY+=($(compgen -f -- "$current"))
}}
complete -o filenames -F _fae {" ".join(COMMANDS)}
"""


def _zsh() -> str:
    return f"""\
#compdef {" ".join(COMMANDS)}
# Completion of fae for zsh: eval "$(fae completion zsh)"
autoload -U +X bashcompinit && bashcompinit
{_bash()}"""


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _fish() -> str:
    follow, values = _tables()
    lines = ["# Completion of fae for fish: fae completion fish | source"]
    for command in COMMANDS:
        lines += [
            f"complete -c {command} -n __fish_use_subcommand -a {v.name} -d {_quoted(v.summary)}"
            for v in verbs()
        ]
        after = f"complete -c {command} -n 'test (commandline -opc)[-1] = :'"
        lines += [f"{after} -a {s.name} -d {_quoted(s.summary)}" for s in stages()]
        for name, words in follow.items():
            seen = f"complete -c {command} -n '__fish_seen_subcommand_from {name}'"
            for word in words:
                if word.startswith("--"):
                    listed = values.get((name, word), values.get((ANY, word)))
                    extra = f" -x -a {_quoted(' '.join(listed))}" if listed else ""
                    lines.append(f"{seen} -l {word[2:]}{extra}")
                else:
                    lines.append(f"{seen} -a {word}")
        lines += [f"complete -c {command} -l {p.option[2:]} -d {_quoted(p.help)}" for p in COMMON]
    return "\n".join(lines) + "\n"


def script(shell: str) -> str:
    """Give the completion script of a shell: "bash", "zsh" or "fish".

    Example:
        >>> "hot-pixels" in script("bash")
        True
    """
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]()


def run(context: Context, line: Line) -> int:
    print(script(line["shell"]), end="")
    return 0


VERB = Verb(
    "completion",
    "Print a completion script for a shell.",
    run,
    (Parameter("shell", Choice("shell", SHELLS), "bash, zsh or fish"),),
    examples=('eval "$(fae completion bash)"', "fae completion fish | source"),
)
