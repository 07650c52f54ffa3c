using Writ.Requests;
using Writ.Sessions;
using Writ.Shell;
using Writ.Shell.Knowledge;

namespace Writ.Runs;

/// <summary>What a program that is started inside a run would do: the same facts as a request's, from the same code.
/// </summary>
static class ExecutionFacts
{
    static readonly string[] _scratch = ["/tmp", "/home/agent", "/dev/shm", "/var/tmp"];

    /// <summary>
    /// The facts under each name that the program may take for its own: some programs are several in one file and go by
    /// the first argument. What is permitted must be permitted under all of them.
    /// </summary>
    /// <param name="ownScratch">The scratch space is the run's alone and gone with it.</param>
    public static ImmutableArray<(Request Request, RequestFacts Facts)> Of(
        ExecutedProgram program, Request run, SessionTerms terms, bool ownScratch, ProgramKnowledge known)
    {
        if (CompanionPrograms.Belongs(program) && program.Loaders.IsEmpty)
            return [One(program, program.Name, program.Argv, run, terms, ownScratch, known) is var (request, facts)
                ? (request, facts with { Effects = [], Unresolved = [] })
                : default];
        var (name, argv) = Told(program);
        if (program.Origin == ExecutableOrigin.System)
            name = Paths.Name(IsOfSystem(name) ? name : program.Executable);
        var called = program.Argv is [var first, ..] ? Paths.Name(first).TrimStart('-') : "";
        var found = One(program, name, argv, run, terms, ownScratch, known);
        return called.Length == 0 || called == Paths.Name(name) || called == Paths.Name(program.Name)
            || called == Paths.Name(program.Executable)
            ? [found]
            : [found, One(program, called, program.Argv, run, terms, ownScratch, known)];
    }

    // The system's own links ('awk', 'cc') say what is meant; a link that anybody made says nothing.
    static bool IsOfSystem(string path) => Paths.Normalize("/", path) == path
        && LineCircumstances.SystemFolders.Any(f => path.StartsWith(f, StringComparison.Ordinal));

    // A script of the system that its interpreter is started with is that program of the system.
    static (string Name, ImmutableArray<string> Argv) Told(ExecutedProgram program)
    {
        if (program.Script is not { Origin: ExecutableOrigin.System } script
            || !script.Path.StartsWith("/usr/bin/", StringComparison.Ordinal))
            return (program.Name, program.Argv);
        return (script.Path, program.Argv[script.Index..]);
    }

    static (Request Request, RequestFacts Facts) One(
        ExecutedProgram program, string name, ImmutableArray<string> argv, Request run, SessionTerms terms,
        bool ownScratch, ProgramKnowledge known)
    {
        var request = run with
        {
            Ask = new Ask.Exec([name, .. argv.IsEmpty ? [] : argv[1..]]),
            Assurance = run.Ask is Ask.Assistant ? Assurance.Inside : Assurance.Brokered,
            Cwd = program.Cwd,
            Executable = program.Executable,
            OutsidePath = false,
            // What the run's own files were when it was asked for may be otherwise by now: a plan, say, that a program
            // before this one has written anew.
            Files = null,
        };
        var facts = RequestFacts.Of(request, terms, known);
        if (Doubt(program) is { } doubt)
            facts = facts with
            {
                Effects = facts.Effects.Add(new Effect(Verbs.CodeRun, program.Executable, null)),
                Unresolved = facts.Unresolved.Add(doubt),
            };
        if (ownScratch)
            facts = facts with { Effects = [.. facts.Effects.Where(e => !StaysInScratch(e, program.Cwd, terms))] };
        return (request, facts with
        {
            Execution = new ExecutionCircumstances(
                WordOf(program.Origin), [.. program.Via.Select(Paths.Name)], program.Loaders),
        });
    }

    static Unresolved? Doubt(ExecutedProgram program) => program switch
    {
        { Origin: ExecutableOrigin.Memory } => new("program", "the program has never had a name"),
        { Origin: ExecutableOrigin.Deleted } => new("program", "the program's name is gone"),
        { Origin: ExecutableOrigin.Loader } => new("program", "the loader starts a file that is not decided about"),
        { Origin: ExecutableOrigin.Unknown } => new("program", "nobody can say where the program comes from"),
        { Origin: ExecutableOrigin.System, Loaders: [var name, ..] } =>
            new(name, "this variable puts other code into the program"),
        { Argv: var argv } when argv.Any(a => a.Contains('\uFFFD')) => new("arguments", "they are not text"),
        _ => null,
    };

    static bool StaysInScratch(Effect effect, string cwd, SessionTerms terms)
    {
        if (!effect.Verb.StartsWith("fs.", StringComparison.Ordinal) || effect.Object.StartsWith('~'))
            return false;
        var path = Paths.Normalize(cwd, effect.Object);
        return _scratch.Any(s => path != s && Paths.IsWithin(s, path)) && !Paths.IsWithin(terms.WorkTree, path);
    }

    static string WordOf(ExecutableOrigin origin) => origin switch
    {
        ExecutableOrigin.System => "system",
        ExecutableOrigin.WorkTree => "worktree",
        ExecutableOrigin.Scratch => "scratch",
        ExecutableOrigin.Memory => "memory",
        ExecutableOrigin.Deleted => "deleted",
        ExecutableOrigin.Loader => "loader",
        ExecutableOrigin.Other => "other",
        _ => "",
    };
}
