using System.Collections.Frozen;
using System.Collections.Immutable;
using Writ.Shell;

namespace Writ.Runs;

/// <summary>
/// Programs of the system that others of the system are made of: a compiler's passes, git's plumbing. Started by the
/// one they belong to, they do nothing that is not its doing; started by anything else they are like any other.
/// </summary>
static class CompanionPrograms
{
    static readonly FrozenSet<string> _linking = Set("as ld ld.bfd ld.gold collect2 lto-wrapper nm strip objcopy");

    static readonly FrozenSet<string> _plumbing = Set(
        "pack-objects index-pack unpack-objects rev-list rev-parse for-each-ref update-server-info prune prune-packed "
        + "pack-refs repack gc maintenance reflog rerere commit-graph multi-pack-index merge-base read-tree write-tree "
        + "diff-tree diff-index diff-files ls-files ls-tree cat-file hash-object update-index checkout-index stash "
        + "submodule--helper upload-pack fsck");

    // The other end of a push or a fetch, where that is a folder, and what speaks for git on the network.
    static readonly FrozenSet<string> _transports = Set(
        "git-receive-pack git-upload-pack git-upload-archive git-remote-http git-remote-https");

    static readonly FrozenSet<string> _compilers = Set("gcc g++ cpp cc c++ clang clang++ collect2");

    static readonly string[] _passes = ["/usr/lib/gcc/", "/usr/lib/gcc-cross/", "/usr/libexec/gcc/", "/usr/lib/llvm-"];

    /// <summary>True when the program belongs to the one that starts it.</summary>
    public static bool Belongs(ExecutedProgram program)
    {
        if (program.Origin != ExecutableOrigin.System || program.Via.IsEmpty)
            return false;
        // The name under which that one was asked for.
        var nearest = program.Via[0];
        var name = Plain(Paths.Name(program.Name));
        if (_compilers.Contains(Plain(nearest)))
            return _linking.Contains(name)
                || _passes.Any(f => program.Executable.StartsWith(f, StringComparison.Ordinal));
        return nearest switch
        {
            "git" => IsPlumbing(name, program) || _transports.Contains(name) || StartsTransport(name, program.Argv),
            "sh" or "/bin/sh" when program.Via.Length > 1 && program.Via[1] == "git" => _transports.Contains(name),
            _ when _transports.Contains(nearest) => IsPlumbing(name, program),
            "go" => program.Executable.Contains("/pkg/tool/", StringComparison.Ordinal)
                && program.Executable.StartsWith("/usr/lib/go", StringComparison.Ordinal),
            "java" or "javac" => name == "jspawnhelper",
            _ => false,
        };
    }

    static bool IsPlumbing(string name, ExecutedProgram program) =>
        name == "git" && program.Argv.Length > 1
        && (_plumbing.Contains(program.Argv[1]) || AsksForRefs(program.Argv));

    // How git asks which objects another object store has: at every push into a folder, whose new objects are first put
    // beside it.
    static bool AsksForRefs(ImmutableArray<string> argv) =>
        argv.Length >= 4 && argv[1].StartsWith("--git-dir=", StringComparison.Ordinal) && argv[2] == "for-each-ref"
        && argv[3] == "--format=%(objectname)" && (argv.Length == 4 || argv[4] == "--");

    // sh -c "git-receive-pack '/srv/a.git'", and the same once more as its name: one program with one quoted word, as
    // git writes it, and nothing else.
    static bool StartsTransport(string name, ImmutableArray<string> argv)
    {
        if (name != "sh" || argv.Length != 4 || argv[1] != "-c" || argv[3] != argv[2])
            return false;
        var space = argv[2].IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && _transports.Contains(argv[2][..space])
            && argv[2][(space + 1)..] is ['\'', .. var folder, '\'']
            && !folder.Contains('\'', StringComparison.Ordinal);
    }

    // x86_64-linux-gnu-gcc-12 is gcc.
    static string Plain(string name)
    {
        const string machine = "x86_64-linux-gnu-";
        if (name.StartsWith(machine, StringComparison.Ordinal))
            name = name[machine.Length..];
        var dash = name.LastIndexOf('-');
        return dash > 0 && name[(dash + 1)..].All(char.IsAsciiDigit) ? name[..dash] : name;
    }

    static FrozenSet<string> Set(string words) => words.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
