using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Writ.Shell.Knowledge;

/// <summary>What is known of programs: data, from <c>knowledge/*.json</c>. A program that is not in it is not
/// understood.</summary>
public sealed class ProgramKnowledge
{
    static readonly Lazy<ProgramKnowledge> _shipped = new(ReadShipped);

    readonly FrozenDictionary<string, KnownProgram> _programs;

    ProgramKnowledge(IEnumerable<KnownProgram> programs)
    {
        var byName = new Dictionary<string, KnownProgram>(StringComparer.Ordinal);
        foreach (var program in programs)
            if (!byName.TryAdd(program.Node.Name, program))
                throw new KnowledgeException($"{program.File}: {program.Node.Name} is in "
                    + $"{byName[program.Node.Name].File} already");
        _programs = byName.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>The data that come with Writ, the same bytes in the client and in the daemon.</summary>
    public static ProgramKnowledge Shipped => _shipped.Value;

    public ImmutableArray<KnownProgram> Programs => _programs.Values;

    public ProgramNode? Find(string name) => _programs.GetValueOrDefault(name)?.Node;

    /// <summary>Reads files of the format; throws <see cref="KnowledgeException"/> for one that cannot be
    /// used.</summary>
    public static ProgramKnowledge Read(IEnumerable<(string Name, ReadOnlyMemory<byte> Json)> files) =>
        new(files.SelectMany(f => KnowledgeReader.Read(f.Name, f.Json)));

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
