using Writ.Requests;

namespace Writ.Shell;

/// <summary>One effect of a program, before it is known which target is meant.</summary>
/// <param name="OnTarget">True when it reaches the session's targets, false when it stays in the work tree.</param>
readonly record struct ProgramEffect(string Verb, string Object, bool OnTarget);

/// <summary>What a program with its arguments would do, as far as it is understood.</summary>
readonly record struct Understanding(ImmutableArray<ProgramEffect> Effects, ImmutableArray<Unresolved> Unresolved);

/// <summary>
/// The programs whose arguments are understood, and how. An option that is not known to be harmless makes the whole
/// command unresolved; a program that is not listed is unknown. Both are never automatic.
/// </summary>
static class ProgramTable
{
    static readonly ImmutableHashSet<string> _readers =
        [.. ("ls cat head tail wc grep egrep fgrep diff cmp stat du df nl sha256sum sha1sum md5sum cksum realpath "
            + "readlink").Split(' ')];

    static readonly ImmutableHashSet<string> _harmless =
        [.. ("pwd echo printf true false whoami id uname basename dirname seq which nproc arch hostname test "
            + "sleep").Split(' ')];

    static readonly ImmutableHashSet<string> _writers =
        [.. "cp mv mkdir touch ln chmod chown chgrp tee install truncate dd".Split(' ')];

    static readonly ImmutableHashSet<string> _deleters = [.. "rm rmdir unlink shred".Split(' ')];

    static readonly ImmutableHashSet<string> _network =
        [.. "curl wget ssh scp sftp rsync nc ncat socat telnet ftp ping dig host nslookup".Split(' ')];

    static readonly ImmutableHashSet<string> _installers =
        [.. "apt apt-get aptitude dpkg dnf yum apk pip pip3 pipx gem snap brew".Split(' ')];

    static readonly ImmutableHashSet<string> _privileged =
        [.. "sudo su doas runuser pkexec chroot nsenter unshare setpriv setcap mount umount".Split(' ')];

    static readonly ImmutableHashSet<string> _code =
        [.. ("bash sh dash zsh sed python python3 node perl ruby php lua awk gawk mawk make cmake cargo go dotnet "
            + "npm npx yarn pnpm java mvn gradle pytest tox busybox").Split(' ')];

    public static Understanding Understand(string program, ImmutableArray<string> arguments)
    {
        if (program == "git")
            return GitCommands.Understand(arguments);
        if (program is "terraform" or "tofu")
            return TerraformCommands.Understand(arguments);
        if (program == "kubectl")
            return KubectlCommands.Understand(arguments);
        if (program is "echo" or "printf" && arguments.Any(CommandsTerminal))
            return Unknown(program, Verbs.Unknown,
                "it writes control characters, which can hide or rewrite what a person sees");
        if (program is "grep" or "egrep" or "fgrep" && (arguments.Any(Paths.SeeksSecret) || arguments.Contains("/")))
            return new Understanding(
                [new ProgramEffect(Verbs.SecretRead, "search", OnTarget: false), .. OnOperands(Verbs.FsRead,
                    arguments)], []);
        if (_harmless.Contains(program))
            return Does(new ProgramEffect(Verbs.FsRead, program, OnTarget: false));
        if (_readers.Contains(program))
            return new Understanding(OnOperands(Verbs.FsRead, arguments), []);
        if (_writers.Contains(program))
            return new Understanding(OnOperands(Verbs.FsWrite, arguments), []);
        if (_deleters.Contains(program))
            return new Understanding(OnOperands(Verbs.FsDelete, arguments), []);
        if (_network.Contains(program))
            return new Understanding([.. OnOperands(Verbs.NetConnect, arguments).Select(e => e with { OnTarget =
                true })], []);
        if (_installers.Contains(program))
            return Does(new ProgramEffect(Verbs.PackageInstall, program, OnTarget: false));
        if (_privileged.Contains(program))
            return Unknown(program, Verbs.PrivilegeRaise, "it runs another command with other rights");
        if (_code.Contains(program))
            return Unknown(program, Verbs.CodeRun, "it runs code that is not looked into");
        return Unknown(program, Verbs.Unknown, "this program is not in the knowledge base");
    }

    // Escapes for anything but line ends and tabs: \e, \033, \x1b, \u202e, \c and so on.
    static bool CommandsTerminal(string argument)
    {
        for (var i = 0; i + 1 < argument.Length; i++)
            if (argument[i] == '\\' && argument[++i] is not ('n' or 't' or '\\' or '"'))
                return true;
        return VisibleText.Hides(argument);
    }

    public static Understanding Does(params ImmutableArray<ProgramEffect> effects) => new(effects, []);

    public static Understanding Unknown(string what, string verb, string why) =>
        new([new ProgramEffect(verb, what, OnTarget: true)], [new Unresolved(what, why)]);

    /// <summary>One effect for every operand; a secret's name adds that the secret is read.</summary>
    static ImmutableArray<ProgramEffect> OnOperands(string verb, ImmutableArray<string> arguments)
    {
        var effects = ImmutableArray.CreateBuilder<ProgramEffect>();
        foreach (var argument in arguments)
        {
            // '--file=.env' names a file as well; only a bare option names none.
            var operand = argument.StartsWith('-') ? argument[(argument.IndexOf('=', StringComparison.Ordinal) + 1)..]
                : argument;
            if (Paths.LooksSecret(operand))
                effects.Add(new ProgramEffect(Verbs.SecretRead, operand, OnTarget: false));
            if (!argument.StartsWith('-'))
                effects.Add(new ProgramEffect(verb, operand, OnTarget: false));
        }
        if (effects.Count == 0)
            effects.Add(new ProgramEffect(verb, ".", OnTarget: false));
        return effects.ToImmutable();
    }
}
