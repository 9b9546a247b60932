import { mountPage } from '../shared/page.tsx';
import { GrantsPage } from './grants-page.tsx';
import '../styles/filters.css';
import '../styles/party-filter.css';
import '../styles/table.css';
import '../styles/events.css';
import '../styles/grants.css';

mountPage(GrantsPage);
