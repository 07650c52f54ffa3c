using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>
/// A text with the places where it may be broken, after Wadler's "prettier printer". A group is laid out on one line
/// when it fits; otherwise all of its own lines break. Empty documents are dropped as documents are put together.
/// </summary>
abstract record Document
{
    Document()
    {
    }

    public static Document Nil { get; } = new Sequence([]);

    /// <summary>A line break in any layout.</summary>
    public static Document HardLine { get; } = new Break(null);

    /// <summary>A line break, or a space where its group fits on a line.</summary>
    public static Document Line { get; } = new Break(" ");

    /// <summary>A line break, or nothing where its group fits on a line.</summary>
    public static Document SoftLine { get; } = new Break("");

    public static Document Space { get; } = Text(" ");

    public static Document Text(string text) => new Word(text, TextWidth.Of(text));

    public static Document Of(params ReadOnlySpan<Document> parts)
    {
        var kept = ImmutableArray.CreateBuilder<Document>(parts.Length);
        foreach (var part in parts)
            if (part != Nil)
                kept.Add(part);
        return kept.Count switch
        {
            0 => Nil,
            1 => kept[0],
            _ => new Sequence(kept.DrainToImmutable()),
        };
    }

    public static Document Join(Document separator, IEnumerable<Document> parts)
    {
        var joined = new List<Document>();
        foreach (var part in parts)
        {
            if (joined.Count > 0)
                joined.Add(separator);
            joined.Add(part);
        }
        return Of(joined.ToArray());
    }

    public Document Grouped() => this is Sequence { Parts.IsEmpty: true } or Word or Group ? this : new Group(this);

    public Document Nested(int columns) =>
        columns == 0 || this is Sequence { Parts.IsEmpty: true } ? this : new Nest(columns, this);

    public sealed record Word(string Content, int Width) : Document;

    /// <summary>What it is when its group fits; null when it breaks always.</summary>
    public sealed record Break(string? Flat) : Document;

    public sealed record Nest(int Columns, Document Inner) : Document;

    public sealed record Group(Document Inner) : Document;

    public sealed record Sequence(ImmutableArray<Document> Parts) : Document
    {
        public bool Equals(Sequence? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => Parts.Length;
    }
}
