using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using Writ.Linux;
using Writ.Runs;
using Writ.Shell;
using Writ.Shell.Knowledge;

namespace Writ.Server.Mediation;

/// <summary>What the kernel makes of a file's first bytes (binfmt_elf, binfmt_script).</summary>
static class ProgramHead
{
    const int MachineOffset = 18;
    const ushort MachineX64 = 62;
    const byte Class64 = 2;

    /// <summary>A program of this machine. One of another would be started by a program that nobody named.</summary>
    internal static bool IsNative(ReadOnlySpan<byte> head) =>
        head.Length >= MachineOffset + sizeof(ushort) && head.StartsWith("\u007fELF"u8) && head[4] == Class64
        && BinaryPrimitives.ReadUInt16LittleEndian(head[MachineOffset..]) == MachineX64;

    /// <summary>The interpreter of a <c>#!</c> line and its one argument, which may be empty.</summary>
    internal static bool TryInterpreter(ReadOnlySpan<byte> head, out byte[] interpreter, out byte[] argument)
    {
        (interpreter, argument) = ([], []);
        if (!head.StartsWith("#!"u8))
            return false;
        var end = head.IndexOf((byte)'\n');
        var line = (end < 0 ? head : head[..end])[2..];
        // Cut off inside the interpreter's name.
        if (end < 0 && line.TrimStart(" \t"u8).IndexOfAny((byte)' ', (byte)'\t') < 0)
            return false;
        line = line.Trim(" \t"u8);
        var space = line.IndexOfAny((byte)' ', (byte)'\t');
        interpreter = (space < 0 ? line : line[..space]).ToArray();
        argument = space < 0 ? [] : line[space..].Trim(" \t"u8).ToArray();
        return interpreter.Length > 0;
    }
}

/// <summary>Variables by which the loader, or the C library, puts code of somebody's choice into a program.</summary>
static class LoaderVariables
{
    static readonly ImmutableArray<string> _names = ["GCONV_PATH", "LD_AUDIT", "LD_LIBRARY_PATH", "LD_PRELOAD"];

    internal static ImmutableArray<string> In(IEnumerable<byte[]> environment)
    {
        var found = ImmutableArray<string>.Empty;
        foreach (var variable in environment)
            if (variable is [(byte)'L' or (byte)'G', ..] && NameOf(variable) is { } name && !found.Contains(name))
                found = found.Add(name);
        return found.Sort(StringComparer.Ordinal);
    }

    /// <summary>As in /proc/PID/environ: each ended by NUL.</summary>
    internal static ImmutableArray<string> In(ReadOnlySpan<byte> environment)
    {
        var variables = new List<byte[]>();
        while (environment.IndexOf((byte)0) is var end and >= 0)
        {
            if (end > 0 && environment[0] is (byte)'L' or (byte)'G')
                variables.Add(environment[..end].ToArray());
            environment = environment[(end + 1)..];
        }
        return In(variables);
    }

    // An empty value puts nothing in.
    static string? NameOf(ReadOnlySpan<byte> variable)
    {
        var equals = variable.IndexOf((byte)'=');
        if (equals < 0 || equals == variable.Length - 1)
            return null;
        var name = Encoding.ASCII.GetString(variable[..equals]);
        return _names.Contains(name) ? name : null;
    }
}

/// <summary>Where a program's file comes from, by its path and mount.</summary>
static class ExecutableOrigins
{
    static readonly string[] _scratch = ["/tmp", "/home", "/run", "/dev/shm", "/var/tmp"];

    internal static ExecutableOrigin Of(ExecutableSight image, string workTree, bool isolated)
    {
        const string gone = " (deleted)";
        if (image.Path.StartsWith("/memfd:", StringComparison.Ordinal))
            return ExecutableOrigin.Memory;
        if (image.Links == 0 || image.Path.EndsWith(gone, StringComparison.Ordinal))
            return ExecutableOrigin.Deleted;
        if (Paths.IsWithin(workTree, image.Path))
            return ExecutableOrigin.WorkTree;
        if (IsOfSystem(image.Path))
            return isolated && !image.OnReadOnlyMount ? ExecutableOrigin.Other
                : IsLoader(Paths.Name(image.Path)) ? ExecutableOrigin.Loader
                : ExecutableOrigin.System;
        return _scratch.Any(s => Paths.IsWithin(s, image.Path)) ? ExecutableOrigin.Scratch : ExecutableOrigin.Other;
    }

    static bool IsOfSystem(string path) => path.StartsWith("/usr/", StringComparison.Ordinal)
        || LineCircumstances.SystemFolders.Any(f => path.StartsWith(f, StringComparison.Ordinal))
        || path.StartsWith("/lib", StringComparison.Ordinal);

    // ld-linux-x86-64.so.2, ld-2.31.so, ld-musl-x86_64.so.1, ld.so.
    static bool IsLoader(string name) => name.StartsWith("ld", StringComparison.Ordinal)
        && name.Contains(".so", StringComparison.Ordinal);
}

/// <summary>Programs whose first operand is the code that they run.</summary>
static class Interpreters
{
    static readonly FrozenSet<string> _names = new[]
    {
        "sh", "bash", "dash", "zsh", "ksh", "mksh", "python", "perl", "ruby", "node", "nodejs", "php", "lua", "tclsh",
        "Rscript", "guile",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Which argument is the script; -1 when there is none.</summary>
    internal static int ScriptIndex(string program, List<byte[]> argv)
    {
        // python3.11 is python, perl5.36.0 is perl.
        if (!_names.Contains(program.TrimEnd("0123456789.".ToCharArray())) && !_names.Contains(program))
            return -1;
        for (var i = 1; i < argv.Count; i++)
            if (argv[i] is not [(byte)'-', ..])
                return i;
            else if (argv[i] is [(byte)'-', (byte)'c' or (byte)'e' or (byte)'E' or (byte)'m' or (byte)'s' or (byte)'p',
                ..] or [(byte)'-'])
                return -1;
        return -1;
    }
}
