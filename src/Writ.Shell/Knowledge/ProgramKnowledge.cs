using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Writ.Shell.Knowledge;

/// <summary>One thing wrong in a file of knowledge.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">In bytes, from 1.</param>
public sealed record KnowledgeFault(string File, int Line, int Column, string Why);

/// <summary>What is known of programs: data, from <c>knowledge/*.json</c>. A program that is not in it is not
/// understood.</summary>
public sealed class ProgramKnowledge
{
    static readonly Lazy<ProgramKnowledge> _shipped = new(ReadShipped);

    readonly FrozenDictionary<string, KnownProgram> _programs;
    readonly ProgramKnowledge? _under;

    ProgramKnowledge(IEnumerable<KnownProgram> programs, ProgramKnowledge? under)
    {
        _under = under;
        var byName = new Dictionary<string, KnownProgram>(StringComparer.Ordinal);
        foreach (var program in programs)
            if (!byName.TryAdd(program.Node.Name, program))
                throw new KnowledgeException(
                    program.File, program.Node.Name, $"it is in {byName[program.Node.Name].File} already");
        _programs = byName.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>The data that come with Writ, the same bytes in the client and in the daemon.</summary>
    public static ProgramKnowledge Shipped => _shipped.Value;

    /// <summary>Its own programs, without those that it lies over.</summary>
    public ImmutableArray<KnownProgram> Programs => _programs.Values;

    /// <summary>Of its own programs those that stand in place of one that it lies over.</summary>
    public IEnumerable<KnownProgram> Replacing => _under is null
        ? []
        : _programs.Values.Where(p => _under.Find(p.Node.Name) is not null)
            .OrderBy(p => p.Node.Name, StringComparer.Ordinal);

    public ProgramNode? Find(string name) =>
        _programs.TryGetValue(name, out var own) ? own.Node : _under?.Find(name);

    /// <summary>The file of an overlay that says what this program does, and whether in place of another; null when
    /// it comes with Writ, or is not known.</summary>
    public (string File, bool Replaces)? OverlayOf(string name) =>
        _under is not null && _programs.TryGetValue(name, out var own)
            ? (own.File, _under.Find(name) is not null)
            : null;

    /// <summary>Reads files of the format; throws <see cref="KnowledgeException"/> for one that cannot be
    /// used.</summary>
    public static ProgramKnowledge Read(IEnumerable<(string Name, ReadOnlyMemory<byte> Json)> files) =>
        new(files.SelectMany(f => KnowledgeReader.Read(f.Name, f.Json, verbs: null)), under: null);

    /// <summary>
    /// The same with further files over it, whose programs come first; or everything that is wrong with them, at most
    /// one fault a file.
    /// </summary>
    /// <param name="verbs">The verbs that effects may have.</param>
    public (ProgramKnowledge? Knowledge, ImmutableArray<KnowledgeFault> Faults) With(
        IEnumerable<(string Name, ReadOnlyMemory<byte> Json)> files, IReadOnlySet<string> verbs)
    {
        var faults = ImmutableArray.CreateBuilder<KnowledgeFault>();
        var programs = new List<KnownProgram>();
        var texts = files.ToArray();
        foreach (var (name, json) in texts)
            try
            {
                programs.AddRange(KnowledgeReader.Read(name, json, verbs));
            }
            catch (KnowledgeException broken)
            {
                faults.Add(broken.At(json.Span));
            }
        if (faults.Count > 0)
            return (null, faults.ToImmutable());
        try
        {
            return (new ProgramKnowledge(programs, this), []);
        }
        catch (KnowledgeException twice)
        {
            return (null, [twice.At(texts.First(t => t.Name == twice.File).Json.Span)]);
        }
    }

    static ProgramKnowledge ReadShipped()
    {
        var assembly = typeof(ProgramKnowledge).Assembly;
        return Read(assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith("knowledge/", StringComparison.Ordinal))
            .Select(name =>
            {
                using var stream = assembly.GetManifestResourceStream(name)!;
                var bytes = new byte[stream.Length];
                stream.ReadExactly(bytes);
                return (name, (ReadOnlyMemory<byte>)bytes);
            }));
    }
}
