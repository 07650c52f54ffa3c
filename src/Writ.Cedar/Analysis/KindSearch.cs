using System.Collections.Immutable;

namespace Writ.Cedar;

/// <summary>One kind of request: an action, and with a schema the types of principal and resource.</summary>
sealed record RequestKind(EntityUid Action, string? PrincipalType, string? ResourceType);

/// <summary>
/// Looks for a request of one kind: asks the solver for a combination of answers that would do, then values that give
/// these answers, then the evaluator whether it is so. A combination that no values give is excluded with its smallest
/// contradiction.
/// </summary>
sealed class KindSearch
{
    readonly AnalysisWorld _world;
    readonly EntityStore _store;
    readonly Question _question;
    readonly RequestKind _kind;
    readonly Circuit _circuit = new();
    readonly PlaceMap _places;
    readonly ConditionEncoding _encoding;
    readonly CandidateSearch _candidates;
    readonly int _goal;
    string? _doubt;
    int _givenUp;

    public KindSearch(
        AnalysisWorld world, EntityStore store, Question question, RequestKind kind, IReadOnlyCollection<string> types)
    {
        (_world, _store, _question, _kind) = (world, store, question, kind);
        static CedarType? TypeOf(string? name) => name is null ? null : CedarType.OfEntity(name);
        var context = world.Schema?.TryGetAction(kind.Action, out var declaration) == true ? declaration.Context : null;
        _places = new PlaceMap(world.Schema, TypeOf(kind.PrincipalType), TypeOf(kind.ResourceType), context);
        _encoding = new ConditionEncoding(_circuit, _places);
        _candidates = new CandidateSearch(world, store, types);
        var request = new PartialRequest(
            PartOf(kind.PrincipalType), PartialEntity.Known(kind.Action), PartOf(kind.ResourceType),
            PartialRecord.Unknown)
        {
            Schema = world.Schema,
        };
        var entities = PartialEntities.Known(store).Growing();
        _goal = question.Formula(
        [
            .. question.Sets.Select(set => new EncodedSet(
                set, PartialAuthorizer.Decide(set, request, entities), _encoding, _circuit, world.FailingForbidDenies)),
        ]);
    }

    public Finding Find()
    {
        if (_goal == _circuit.False)
            return new Finding.No();
        if (_encoding.QuestionCount > AnalysisLimits.ConditionsMax)
            return Bounded($"more than {AnalysisLimits.ConditionsMax} conditions about {_kind.Action}");
        _circuit.Solver.AddClause(_goal);
        for (var round = 0; round < AnalysisLimits.RoundsMax; round++)
        {
            switch (_circuit.Solver.Search(AnalysisLimits.ConflictsMax, AnalysisLimits.StepsMax))
            {
                case null:
                    return Bounded($"too many contradictions or steps about {_kind.Action}");
                case false:
                    return _doubt is null ? new Finding.No() : new Finding.Bounded(_doubt);
            }
            if (Try() is { } witness)
                return new Finding.Yes(witness);
            if (_givenUp > AnalysisLimits.GivenUpMax)
                return new Finding.Bounded(_doubt!);
            if (_candidates.IsSpent)
                return Bounded($"more than {AnalysisLimits.StepsMax} steps about {_kind.Action}");
        }
        return Bounded($"more than {AnalysisLimits.RoundsMax} candidates about {_kind.Action}");
    }

    static Finding.Bounded Bounded(FormattableString why) => new(FormattableString.Invariant(why));

    static PartialEntity PartOf(string? type) => type is null ? PartialEntity.Unknown : PartialEntity.OfType(type);

    /// <summary>The witness of the solver's assignment; without one, the assignment is excluded.</summary>
    Witness? Try()
    {
        foreach (var question in _encoding.Questions)
            question.Wanted = _circuit.Solver.IsTrue(question.IsTrue) ? Truth.True
                : _circuit.Solver.IsTrue(question.IsFalse) ? Truth.False : Truth.Error;
        var chosen = new Dictionary<Place, Candidate>();
        var contradictions = new List<Place>();
        foreach (var root in _places.Roots)
        {
            if (_candidates.Find(root) is { } candidate)
                chosen.Add(root, candidate);
            else
                contradictions.Add(root);
        }
        if (contradictions.Count == 0)
        {
            if (Confirm(chosen) is { } witness)
                return witness;
            _givenUp++;
            _doubt ??= _encoding.IsComplete
                ? "entities that are spoken of in several ways at once"
                : "conditions that compare two values of the request or compute one";
            Exclude(_encoding.Questions);
        }
        foreach (var root in contradictions)
            Exclude(Contradiction(root));
        return null;
    }

    /// <summary>The answers below a root that cannot be together, none of them without need.</summary>
    IEnumerable<PlaceQuestion> Contradiction(Place root)
    {
        var all = _encoding.Questions.Where(question => question.Place.Root == root).ToList();
        foreach (var question in all)
        {
            // What is left in without need makes the exclusion weaker, not wrong.
            if (_candidates.IsSpent)
                break;
            var wanted = question.Wanted;
            question.Wanted = null;
            if (_candidates.Find(root) is not null)
                question.Wanted = wanted;
        }
        if (_candidates.GaveUp)
            _doubt ??= "texts, addresses or sets that were not searched to the end";
        return all.Where(question => question.Wanted is not null);
    }

    void Exclude(IEnumerable<PlaceQuestion> together)
    {
        var clause = new List<int>();
        foreach (var question in together)
        {
            if (question.Wanted != Truth.False)
                clause.Add(question.Wanted == Truth.True ? SatSolver.Not(question.IsTrue) : question.IsTrue);
            if (question.Wanted != Truth.True)
                clause.Add(question.Wanted == Truth.False ? SatSolver.Not(question.IsFalse) : question.IsFalse);
        }
        _circuit.Solver.AddClause([.. clause]);
    }

    Witness? Confirm(Dictionary<Place, Candidate> chosen)
    {
        var witness = Confirm(chosen, new Dictionary<Place, Value>());
        if (witness is not null || _encoding.Opaque.Count == 0)
            return witness;
        // Conditions that are not understood: values that occur anywhere are tried at the places they look at.
        var places = _encoding.Opaque.Where(place => place != _places.Context).ToList();
        var pool = PoolOf(chosen);
        if (places.Count == 0)
            return null;
        for (var variation = 1; variation < AnalysisLimits.VariationsMax; variation++)
        {
            var overrides = new Dictionary<Place, Value>();
            for (var (i, digits) = (0, variation); i < places.Count; i++, digits /= pool.Count + 1)
                if (digits % (pool.Count + 1) is var digit and > 0)
                    overrides.Add(places[i], pool[digit - 1]);
            if (Confirm(chosen, overrides) is { } found)
                return found;
        }
        return null;
    }

    List<Value> PoolOf(Dictionary<Place, Candidate> chosen)
    {
        var values = new List<Value>();
        void Gather(Candidate candidate)
        {
            if (candidate.Value is not null)
                values.Add(candidate.Value);
            foreach (var part in candidate.Parts?.Values ?? [])
                Gather(part);
        }
        foreach (var candidate in chosen.Values)
            Gather(candidate);
        foreach (var question in _encoding.Questions)
            values.AddRange(question.Test switch
            {
                PlaceTest.EqualTo equal => [equal.Constant],
                PlaceTest.Ordered ordered => [ordered.Constant],
                PlaceTest.In within => [within.Container],
                PlaceTest.Contains contains => [CedarSet.Of(contains.Element)],
                _ => [],
            });
        values.AddRange([
            CedarBool.True, CedarBool.False, CedarSet.Empty,
            new CedarLong(0), new CedarLong(1), new CedarLong(-1), new CedarLong(1_000),
            new CedarDatetime(0), new CedarDatetime(1_000L * CedarDatetime.DayMilliseconds),
        ]);
        return [.. values.Distinct()];
    }

    Witness? Confirm(Dictionary<Place, Candidate> chosen, Dictionary<Place, Value> overrides)
    {
        if (overrides.Any(entry => !FitsType(entry.Key.Type, entry.Value)))
            return null;
        var builder = new WitnessBuilder(_world, _store, chosen, overrides);
        if (builder.Build(_places, _kind.Action) is not var (request, store))
            return null;
        if (!Conforms(request, store))
            return null;
        ImmutableArray<Answer> answers = [.. _question.Sets.Select(set => Authorizer.Decide(set, request, store))];
        return _question.Holds(answers) ? new Witness(request, store, answers) : null;
    }

    /// <summary>Whether the schema allows the request and everything that was made up for it.</summary>
    bool Conforms(Request request, EntityStore store)
    {
        if (_world.Schema is not { } schema)
            return true;
        return schema.FindFault(request) is null && store.Entities.All(entity =>
            _store.Find(entity.Uid) is not null || schema.FindFault(entity, EntityStore.NoAncestors) is null);
    }

    static bool FitsType(CedarType? type, Value value) => type switch
    {
        null => true,
        CedarType.Entity entity => value is EntityUid uid && entity.Has(uid.Type),
        CedarType.Set set => value is CedarSet elements && elements.All(element => FitsType(set.Element, element)),
        CedarType.Record => false,
        _ when ReferenceEquals(type, CedarType.AnyEntity) => value is EntityUid,
        _ => Sorts.Of(type) == Sorts.Of(value),
    };
}
