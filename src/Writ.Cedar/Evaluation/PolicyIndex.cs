using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Writ.Cedar;

/// <summary>
/// The policies of a set by what their scopes name, so that a decision looks only at those that may match. Every policy
/// stands under one entity or entity type of its scope, the one that fewest policies share, and there under its
/// actions. Groups are found through the ancestors that the store knows. Immutable, made once per set.
/// </summary>
sealed class PolicyIndex
{
    const int WordBits = 64;

    readonly AxisTable _principals = new();
    readonly AxisTable _resources = new();
    readonly ActionTable _anywhere = new();

    public PolicyIndex(ImmutableArray<Policy> policies)
    {
        Words = (policies.Length + WordBits - 1) / WordBits;
        var shares = new Dictionary<(bool Principal, object Key), int>();
        foreach (var policy in policies)
        {
            Count(shares, principal: true, policy.Syntax.Principal);
            Count(shares, principal: false, policy.Syntax.Resource);
        }
        for (var i = 0; i < policies.Length; i++)
            if (!policies[i].NeverApplies)
                Place(policies[i].Syntax, shares).Add(policies[i].Syntax.Action, i);
    }

    /// <summary>
    /// Length of the bit set that <see cref="Mark"/> fills: one bit a policy, in the order of the set.
    /// </summary>
    public int Words { get; }

    /// <summary>
    /// Sets the bits of all policies whose action matches and whose principal and resource may; the bits are clear
    /// before. What remains to be asked is <see cref="CompiledScope.MatchesEntities"/>.
    /// </summary>
    public void Mark(Frame frame, Span<ulong> marks)
    {
        _anywhere.Mark(frame, marks);
        _principals.Mark(frame, frame.Request.Principal, marks);
        _resources.Mark(frame, frame.Request.Resource, marks);
    }

    static void Count(Dictionary<(bool Principal, object Key), int> shares, bool principal, EntityScope scope)
    {
        if (KeyOf(scope) is { } key)
            shares[(principal, key)] = shares.GetValueOrDefault((principal, key)) + 1;
    }

    static object? KeyOf(EntityScope scope) => (object?)scope.Uid ?? scope.EntityType;

    ActionTable Place(PolicySyntax syntax, Dictionary<(bool Principal, object Key), int> shares)
    {
        var (principal, resource) = (KeyOf(syntax.Principal), KeyOf(syntax.Resource));
        if (principal is null && resource is null)
            return _anywhere;
        var ofPrincipal = principal is null ? int.MaxValue : shares[(true, principal)];
        var ofResource = resource is null ? int.MaxValue : shares[(false, resource)];
        return ofPrincipal <= ofResource ? _principals.At(syntax.Principal) : _resources.At(syntax.Resource);
    }

    /// <summary>The policies that stand under their principal, or those under their resource.</summary>
    sealed class AxisTable
    {
        readonly Dictionary<EntityUid, ActionTable> _equal = [];
        readonly Dictionary<EntityUid, ActionTable> _within = [];
        readonly Dictionary<string, ActionTable> _typed = new(StringComparer.Ordinal);

        public ActionTable At(EntityScope scope) => scope.Operator switch
        {
            ScopeOperator.Equal => At(_equal, scope.Uid!),
            ScopeOperator.In or ScopeOperator.IsIn => At(_within, scope.Uid!),
            _ => At(_typed, scope.EntityType!),
        };

        public void Mark(Frame frame, EntityUid uid, Span<ulong> marks)
        {
            if (_equal.Count > 0 && _equal.TryGetValue(uid, out var equal))
                equal.Mark(frame, marks);
            if (_typed.Count > 0 && _typed.TryGetValue(uid.Type, out var typed))
                typed.Mark(frame, marks);
            if (_within.Count == 0)
                return;
            if (_within.TryGetValue(uid, out var within))
                within.Mark(frame, marks);
            if (frame.Find(uid) is { } entity)
                foreach (var ancestor in entity.Ancestors.Items)
                    if (_within.TryGetValue(ancestor, out within))
                        within.Mark(frame, marks);
        }

        static ActionTable At<TKey>(Dictionary<TKey, ActionTable> tables, TKey key)
            where TKey : notnull
        {
            if (!tables.TryGetValue(key, out var table))
                tables.Add(key, table = new ActionTable());
            return table;
        }
    }

    /// <summary>Policies by their actions. A policy for several actions stands under each of them.</summary>
    sealed class ActionTable
    {
        readonly List<int> _any = [];
        readonly Dictionary<EntityUid, List<int>> _equal = [];
        readonly Dictionary<EntityUid, List<int>> _within = [];

        public void Add(ActionScope scope, int policy)
        {
            if (scope.Operator == ScopeOperator.Any)
                _any.Add(policy);
            else
                foreach (var uid in scope.Uids)
                    At(scope.Operator == ScopeOperator.Equal ? _equal : _within, uid).Add(policy);
        }

        public void Mark(Frame frame, Span<ulong> marks)
        {
            Set(_any, marks);
            var action = frame.Request.Action;
            if (_equal.Count > 0 && _equal.TryGetValue(action, out var equal))
                Set(equal, marks);
            if (_within.Count == 0)
                return;
            if (_within.TryGetValue(action, out var within))
                Set(within, marks);
            if (frame.Find(action) is { } entity)
                foreach (var ancestor in entity.Ancestors.Items)
                    if (_within.TryGetValue(ancestor, out within))
                        Set(within, marks);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Set(List<int> policies, Span<ulong> marks)
        {
            foreach (var policy in policies)
                marks[policy / WordBits] |= 1UL << (policy % WordBits);
        }

        static List<int> At(Dictionary<EntityUid, List<int>> lists, EntityUid uid)
        {
            if (!lists.TryGetValue(uid, out var list))
                lists.Add(uid, list = []);
            return list;
        }
    }
}
