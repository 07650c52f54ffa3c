using System.Collections.Immutable;
using System.Globalization;
using Writ.Linux;

namespace Writ.Server.Running;

/// <summary>Whom a run runs as, and whether that differs from the daemon.</summary>
readonly record struct RunIdentity(int Uid, int Gid, bool Changes)
{
    /// <summary>For a user that is its session's alone; else null.</summary>
    internal SessionStay? Stay { get; init; }

    /// <summary>Why it is not; null when it is.</summary>
    internal string? Shortcoming { get; init; }

    /// <summary>Whom the files belong to that it works on.</summary>
    internal FileOwner Owner => Stay?.Owner ?? new FileOwner(Uid, Gid);
}

/// <summary>What is started, and what it is told on which descriptor.</summary>
sealed record SpawnOrder(
    string Program, List<string> Argv, List<string> SandboxArguments, WindowSize? Terminal, bool Isolated)
{
    internal const int ArgumentsNumber = 3;
    internal const int StatusNumber = 4;
    internal const int DocumentNumber = 5;
    internal const int ControlNumber = 6;

    /// <summary>Without namespaces: a pipe that ends when the daemon does.</summary>
    internal const int LifeNumber = 7;

    /// <summary>For a session's own user: whose files are whose.</summary>
    internal const int MappingNumber = 8;
    const int FirstFileNumber = 9;

    /// <summary>The session's own user that it starts as; null for the user whose files they are.</summary>
    internal SessionStay? Stay { get; init; }

    /// <summary>Where that user's sandboxes are put together; null where each run does that anew.</summary>
    internal SessionRoom? Room { get; init; }

    /// <summary>What the sandbox's files are made of, each with the descriptor that it is read from.</summary>
    internal ImmutableArray<(int Number, ReadOnlyMemory<byte> Content)> Contents { get; init; } = [];

    /// <summary>The same with the credentials of a run: after everything that is mounted before them.</summary>
    /// <exception cref="IOException">They do not fit, or a socket of theirs cannot be opened.</exception>
    internal SpawnOrder With(IRunCredentials given, string directory, RunIdentity identity)
    {
        if (given.Files.Length > SecretFile.CountMax || given.Files.Any(f => f.Content.Length > SecretFile.BytesMax))
            throw new IOException("the credentials of the run are too large");
        List<string> more = [];
        foreach (var (outside, inside) in given.Open(directory, identity.Uid, identity.Gid))
            more.AddRange(["--ro-bind", outside, inside]);
        var contents = ImmutableArray.CreateBuilder<(int, ReadOnlyMemory<byte>)>();
        foreach (var file in given.Files)
        {
            var number = FirstFileNumber + contents.Count;
            more.AddRange(
                ["--perms", "0400", "--file", number.ToString(CultureInfo.InvariantCulture), file.Path]);
            contents.Add((number, file.Content));
        }
        var arguments = new List<string>(SandboxArguments);
        arguments.InsertRange(arguments.IndexOf("--remount-ro"), more);
        return this with { SandboxArguments = arguments, Contents = contents.ToImmutable() };
    }
}
