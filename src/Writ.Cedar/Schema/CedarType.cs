using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;

namespace Writ.Cedar;

/// <summary>
/// A type of Cedar's schema language and of its validator, as defined by the validator of Cedar 4.5. A schema uses
/// <see cref="Bool"/>, <see cref="Long"/>, <see cref="String"/>, <see cref="Extension"/>, <see cref="Entity"/> of one
/// entity type, <see cref="Set"/> with an element and closed <see cref="Record"/>; the others exist only while a policy
/// is checked. Immutable; equality is of structure, and the hash is computed once.
/// </summary>
public abstract class CedarType : IEquatable<CedarType>
{
    readonly int _hash;

    CedarType(int hash, int height, long size)
    {
        _hash = hash;
        Height = height;
        Size = size;
    }

    /// <summary>The type without values: of the elements of <c>[]</c>. It fits everywhere.</summary>
    public static CedarType Never { get; } = new Simple("never");

    public static Bool AnyBool { get; } = new(null);

    /// <summary>The type of what is always true.</summary>
    public static Bool True { get; } = new(true);

    /// <summary>The type of what is always false.</summary>
    public static Bool False { get; } = new(false);

    public static CedarType Long { get; } = new Simple("Long");

    public static CedarType String { get; } = new Simple("String");

    /// <summary>
    /// Of an entity whose entity type is not known; only where policies are looked at without a request.
    /// </summary>
    internal static CedarType AnyEntity { get; } = new Simple("any entity");

    /// <summary>Of a set whose elements are not known.</summary>
    internal static CedarType AnySet { get; } = new Simple("Set");

    /// <summary>Of a record whose attributes are not known.</summary>
    internal static Record AnyRecord { get; } = new([], isOpen: true);

    public static Extension Decimal { get; } = new("decimal");

    public static Extension Ip { get; } = new("ipaddr");

    public static Extension Datetime { get; } = new("datetime");

    public static Extension Duration { get; } = new("duration");

    /// <summary>Types nested in each other, this one included.</summary>
    public int Height { get; }

    /// <summary>
    /// Types in this one when it is written out, this one included; a number past any limit stays there.
    /// </summary>
    public long Size { get; }

    public static CedarType OfEntity(string entityType) => new Entity([entityType]);

    public static CedarType SetOf(CedarType element) => new Set(element);

    /// <summary>A record with exactly these attributes. A name twice is a bug of the caller and throws.</summary>
    public static Record RecordOf(IEnumerable<CedarAttribute> attributes) => new(attributes, isOpen: false);

    public abstract bool Equals(CedarType? other);

    public sealed override bool Equals(object? obj) => Equals(obj as CedarType);

    public sealed override int GetHashCode() => _hash;

    /// <summary>The type as Cedar's schema language writes it, as far as that can.</summary>
    public sealed override string ToString()
    {
        var text = new StringBuilder();
        Write(text);
        return text.ToString();
    }

    /// <summary>Writes the name of an attribute where a name stands: quoted when it must be.</summary>
    internal static void WriteName(StringBuilder text, string name)
    {
        if (Names.IsIdentifier(name) && !Names.IsReserved(name))
            text.Append(name);
        else
            Escapes.Quote(text, name);
    }

    /// <summary>Writes the access to an attribute, behind its owner.</summary>
    internal static void WriteAccess(StringBuilder text, string name)
    {
        if (Names.IsIdentifier(name) && !Names.IsReserved(name))
        {
            text.Append('.').Append(name);
            return;
        }
        text.Append('[');
        Escapes.Quote(text, name);
        text.Append(']');
    }

    private protected abstract void Write(StringBuilder text);

    /// <summary>A type without parts, equal only to itself.</summary>
    sealed class Simple(string text) : CedarType(text.GetHashCode(StringComparison.Ordinal), 1, 1)
    {
        public override bool Equals(CedarType? other) => ReferenceEquals(this, other);

        private protected override void Write(StringBuilder into) => into.Append(text);
    }

    /// <summary>All booleans, or only one of them.</summary>
    public sealed class Bool : CedarType
    {
        internal Bool(bool? only)
            : base(HashCode.Combine(1, only), 1, 1) => Only = only;

        /// <summary>The only value of the type; nothing when it has both.</summary>
        public bool? Only { get; }

        public override bool Equals(CedarType? other) => ReferenceEquals(this, other);

        private protected override void Write(StringBuilder text) =>
            text.Append(Only switch { null => "Bool", true => "true", false => "false" });
    }

    /// <summary><c>decimal</c>, <c>ipaddr</c>, <c>datetime</c> or <c>duration</c>.</summary>
    public sealed class Extension : CedarType
    {
        internal Extension(string name)
            : base(name.GetHashCode(StringComparison.Ordinal), 1, 1) => Name = name;

        public string Name { get; }

        /// <summary>Whether <c>&lt;</c> and its like compare its values, as they do Longs.</summary>
        public bool IsOrdered => ReferenceEquals(this, Datetime) || ReferenceEquals(this, Duration);

        public override bool Equals(CedarType? other) => ReferenceEquals(this, other);

        private protected override void Write(StringBuilder text) => text.Append(Name);
    }

    /// <summary>Entities of one entity type, or (from branches of a policy) of one of several.</summary>
    public sealed class Entity : CedarType
    {
        internal Entity(ImmutableArray<string> names)
            : base(Hash(names), 1, 1) => Names = names;

        /// <summary>At least one, each once, in ordinal order.</summary>
        public ImmutableArray<string> Names { get; }

        /// <summary>The entity type, when there is only one.</summary>
        public string? Single => Names.Length == 1 ? Names[0] : null;

        public bool Has(string name) => Names.BinarySearch(name, StringComparer.Ordinal) >= 0;

        public override bool Equals(CedarType? other) =>
            ReferenceEquals(this, other)
            || (other is Entity entity && entity._hash == _hash && Names.AsSpan().SequenceEqual(entity.Names.AsSpan()));

        private protected override void Write(StringBuilder text) => text.AppendJoin(" or ", Names);

        static int Hash(ImmutableArray<string> names)
        {
            Debug.Assert(!names.IsEmpty, "an entity type without a name");
            var hash = new HashCode();
            foreach (var name in names)
                hash.Add(name, StringComparer.Ordinal);
            return hash.ToHashCode();
        }
    }

    public sealed class Set : CedarType
    {
        internal Set(CedarType element)
            : base(HashCode.Combine(2, element._hash), element.Height + 1, Sum(1, element.Size)) => Element = element;

        public CedarType Element { get; }

        public override bool Equals(CedarType? other) =>
            ReferenceEquals(this, other)
            || (other is Set set && set._hash == _hash && Element.Equals(set.Element));

        private protected override void Write(StringBuilder text)
        {
            text.Append("Set<");
            Element.Write(text);
            text.Append('>');
        }
    }

    /// <summary>A record with these attributes, and when it is open perhaps with others too.</summary>
    public sealed class Record : CedarType
    {
        readonly Dictionary<string, int>? _index;

        internal Record(IEnumerable<CedarAttribute> attributes, bool isOpen)
            : this(Sorted(attributes), isOpen)
        {
        }

        Record(ImmutableArray<CedarAttribute> sorted, bool isOpen)
            : this(sorted, isOpen, Measure(sorted, isOpen))
        {
        }

        Record(ImmutableArray<CedarAttribute> sorted, bool isOpen, (int Hash, int Height, long Size) measures)
            : base(measures.Hash, measures.Height, measures.Size)
        {
            const int IndexedFrom = 9;
            Attributes = sorted;
            IsOpen = isOpen;
            if (sorted.Length < IndexedFrom)
                return;
            _index = new Dictionary<string, int>(sorted.Length, StringComparer.Ordinal);
            for (var i = 0; i < sorted.Length; i++)
                _index.Add(sorted[i].Name, i);
        }

        /// <summary>In ordinal order of their names.</summary>
        public ImmutableArray<CedarAttribute> Attributes { get; }

        public bool IsOpen { get; }

        public CedarAttribute? Find(string name)
        {
            if (_index is not null)
                return _index.TryGetValue(name, out var at) ? Attributes[at] : null;
            foreach (var attribute in Attributes)
                if (attribute.Name == name)
                    return attribute;
            return null;
        }

        public override bool Equals(CedarType? other) =>
            ReferenceEquals(this, other)
            || (other is Record record && record._hash == _hash && record.IsOpen == IsOpen
                && Attributes.AsSpan().SequenceEqual(record.Attributes.AsSpan()));

        private protected override void Write(StringBuilder text)
        {
            text.Append('{');
            for (var i = 0; i < Attributes.Length; i++)
            {
                text.Append(i == 0 ? "" : ", ");
                WriteName(text, Attributes[i].Name);
                text.Append(Attributes[i].IsRequired ? ": " : "?: ");
                Attributes[i].Type.Write(text);
            }
            if (IsOpen)
                text.Append(Attributes.IsEmpty ? "..." : ", ...");
            text.Append('}');
        }

        static ImmutableArray<CedarAttribute> Sorted(IEnumerable<CedarAttribute> attributes)
        {
            var sorted = attributes.ToImmutableArray();
            for (var i = 1; i < sorted.Length; i++)
                if (string.CompareOrdinal(sorted[i - 1].Name, sorted[i].Name) >= 0)
                    return Sort(sorted);
            return sorted;
        }

        static ImmutableArray<CedarAttribute> Sort(ImmutableArray<CedarAttribute> attributes)
        {
            var sorted = attributes.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
            for (var i = 1; i < sorted.Length; i++)
                if (sorted[i].Name == sorted[i - 1].Name)
                    throw new ArgumentException($"attribute '{sorted[i].Name}' twice", nameof(attributes));
            return sorted;
        }

        static (int Hash, int Height, long Size) Measure(ImmutableArray<CedarAttribute> attributes, bool isOpen)
        {
            var hash = new HashCode();
            hash.Add(isOpen);
            var (height, size) = (1, 1L);
            foreach (var attribute in attributes)
            {
                hash.Add(attribute.GetHashCode());
                height = Math.Max(height, attribute.Type.Height + 1);
                size = Sum(size, attribute.Type.Size);
            }
            return (hash.ToHashCode(), height, size);
        }
    }

    // A common type used twice by the next, and so on, is small to write and endless to write out.
    static long Sum(long first, long second) => Math.Min(first + second, 1L << 40);
}
