using System.Collections.Immutable;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Writ.Documents;

/// <summary>Where in which file, from 1, as editors count.</summary>
public readonly record struct SourcePlace(string File, long Line, long Column)
{
    public override string ToString() => $"{File}:{Line}:{Column}";
}

/// <summary>One node of a YAML document with its place.</summary>
abstract record YamlNode(SourcePlace Place)
{
    /// <param name="IsPlain">Written without quotes, so that <c>true</c> and <c>null</c> mean what they say.</param>
    public sealed record Text(SourcePlace Place, string Value, bool IsPlain) : YamlNode(Place);

    public sealed record List(SourcePlace Place, ImmutableArray<YamlNode> Items) : YamlNode(Place);

    public sealed record Map(SourcePlace Place, ImmutableArray<(Text Key, YamlNode Value)> Entries) : YamlNode(Place);
}

/// <summary>What is wrong at one place, before anything is read further.</summary>
sealed class YamlFaultException(SourcePlace place, string code, string why) : Exception(why)
{
    public SourcePlace Place { get; } = place;

    public string Code { get; } = code;
}

/// <summary>
/// YAML reduced to what a realm needs: one document of maps, lists and texts. Anchors, aliases and tags are refused,
/// because what is reviewed should stand where it is read; depth and size are bounded.
/// </summary>
static class YamlTree
{
    const int DepthMax = 12;
    const int NodesMax = 200_000;

    /// <summary>The root of the document; null when the file holds nothing.</summary>
    public static YamlNode? Parse(string file, string text)
    {
        var reading = new Reading(file, new Parser(new Scanner(new StringReader(text), skipComments: true)));
        try
        {
            return reading.Document();
        }
        catch (YamlException e)
        {
            throw new YamlFaultException(
                new SourcePlace(file, Math.Max(1, e.Start.Line), Math.Max(1, e.Start.Column)), "realm.bad-yaml",
                $"This is not YAML: {e.Message}");
        }
    }

    sealed class Reading(string file, Parser parser)
    {
        int _nodes;

        public YamlNode? Document()
        {
            parser.Consume<StreamStart>();
            if (parser.TryConsume<StreamEnd>(out _))
                return null;
            parser.Consume<DocumentStart>();
            var root = Node(0);
            parser.Consume<DocumentEnd>();
            if (!parser.TryConsume<StreamEnd>(out _))
                throw Fault(parser.Current!, "One file holds one document; split it at '---'.");
            return root is YamlNode.Text { IsPlain: true, Value: "" } ? null : root;
        }

        YamlNode Node(int depth)
        {
            var at = parser.Consume<ParsingEvent>();
            if (at is AnchorAlias)
                throw Fault(at, "Aliases (*name) are not read; write the value where it belongs.");
            if (at is NodeEvent { Anchor.IsEmpty: false })
                throw Fault(at, "Anchors (&name) are not read; write the value where it belongs.");
            if (at is NodeEvent { Tag: { IsEmpty: false } tag } && !(at is Scalar && tag.IsNonSpecific))
                throw Fault(at, "Tags (!name) are not read.");
            if (depth > DepthMax)
                throw Fault(at, $"Nothing in a realm is nested deeper than {DepthMax}.");
            if (++_nodes > NodesMax)
                throw Fault(at, $"A file has at most {NodesMax} values.");
            return at switch
            {
                Scalar scalar => new YamlNode.Text(Place(at), scalar.Value, scalar.Style == ScalarStyle.Plain),
                SequenceStart => List(Place(at), depth),
                MappingStart => Map(Place(at), depth),
                _ => throw Fault(at, "A value was expected here."),
            };
        }

        YamlNode.List List(SourcePlace place, int depth)
        {
            var items = ImmutableArray.CreateBuilder<YamlNode>();
            while (!parser.Accept<SequenceEnd>(out _))
                items.Add(Node(depth + 1));
            parser.Consume<SequenceEnd>();
            return new YamlNode.List(place, items.ToImmutable());
        }

        YamlNode.Map Map(SourcePlace place, int depth)
        {
            var entries = ImmutableArray.CreateBuilder<(YamlNode.Text, YamlNode)>();
            var seen = new HashSet<string>(StringComparer.Ordinal);
            while (!parser.Accept<MappingEnd>(out _))
            {
                if (Node(depth + 1) is not YamlNode.Text key)
                    throw new YamlFaultException(place, "realm.bad-yaml", "A key is a plain word.");
                if (!seen.Add(key.Value))
                    throw new YamlFaultException(key.Place, "realm.duplicate-key", $"'{key.Value}' stands here twice.");
                entries.Add((key, Node(depth + 1)));
            }
            parser.Consume<MappingEnd>();
            return new YamlNode.Map(place, entries.ToImmutable());
        }

        YamlFaultException Fault(ParsingEvent at, string why) => new(Place(at), "realm.bad-yaml", why);

        SourcePlace Place(ParsingEvent at) => new(file, Math.Max(1, at.Start.Line), Math.Max(1, at.Start.Column));
    }
}
